import { createHash } from "node:crypto";
import type { Position } from "../../store/filters.ts";
import { invalid, type ApiError } from "./errors.ts";

/** Where the next page begins, and the period that the first one settled on: "now" has moved on since. */
export interface Mark {
  readonly position: Position;
  readonly from: number;
  readonly to: number;
}

/**
 * Written into `next_page_token`: opaque, with a few characters by which one that was changed, or taken to another list,
 * is known. They keep nobody from making a token of their own, who would see nothing but their own rows.
 */
export function writeMark({ position, from, to }: Mark, list: string): string {
  const text = [position.at, position.id, from, to].join(":");
  return Buffer.from(`${text}:${seal(text, list)}`).toString("base64url");
}

/** `list` is everything that must not change from page to page. */
export function readMark(token: string, list: string): Mark | ApiError {
  const text = /^[\w-]{1,600}$/.test(token) ? Buffer.from(token, "base64url").toString("latin1") : "";
  const [, inner = "", at, id = "", from, to, sealed] =
    /^((\d{1,16}(?:\.\d{1,6})?):([\w.@-]{1,255}):(\d{1,16}):(\d{1,16})):(\w{12})$/.exec(text) ?? [];
  const ours = sealed === seal(inner, list) && Buffer.from(text, "latin1").toString("base64url") === token;
  if (!ours) return invalid("next_page_token is none of this list: it was changed, or another parameter was");
  return { position: { at: Number(at), id }, from: Number(from), to: Number(to) };
}

const seal = (text: string, list: string): string =>
  createHash("sha256").update(`${list}\n${text}`).digest("hex").slice(0, 12);
