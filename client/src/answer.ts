import { DisburseRefusal, DisburseSilence, type ErrorBody } from "./errors.ts";
import { isPayout, type Payout } from "./payout.ts";

/** An answer that says something. */
export type Said =
  | { readonly kind: "payout"; readonly payout: Payout }
  | { readonly kind: "refused"; readonly refusal: DisburseRefusal };

/** No such answer. `afterMs`: how long the server wants to be left alone. */
export type Missed =
  /** Turned away before anything was done. */
  | { readonly kind: "busy"; readonly why: DisburseSilence; readonly afterMs: number }
  /** Nobody knows whether it was carried out. */
  | { readonly kind: "silent"; readonly why: DisburseSilence; readonly afterMs: number };

/** An answer as it came, whole. */
export interface Raw {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  readonly text: string;
}

/** What an answer says about the payout of this handle. */
export function understand({ status, headers, text }: Raw, handle: string): Said | Missed {
  const silent = (what: string) => {
    const why = new DisburseSilence(what, status);
    return { kind: status === 429 ? "busy" : "silent", why, afterMs: afterMs(headers) } as const;
  };
  if (status === 429) return silent("429: too many requests");
  const body = parse(text);
  if (status === 200) {
    return isPayout(body, handle) ? { kind: "payout", payout: body } : silent("200, but not with this payout");
  }
  if (status < 400 || status >= 500 || !isErrorBody(body)) return silent(`an answer of ${status}, which says nothing`);
  return { kind: "refused", refusal: new DisburseRefusal(status, body) };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const isErrorBody = (body: unknown): body is ErrorBody =>
  typeof body === "object" && body !== null && "code" in body && Number.isInteger(body.code);

/** `Retry-After`, in seconds or as a date that is compared with the server's own clock; 0 without one. */
function afterMs(headers: Raw["headers"]): number {
  const asked = headers.get("retry-after");
  if (asked === null) return 0;
  const ms = /^\d+$/.test(asked) ? Number(asked) * 1_000 : Date.parse(asked) - Date.parse(headers.get("date") ?? "");
  return ms > 0 ? ms : 0;
}
