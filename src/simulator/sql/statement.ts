import type { QueryConfig } from "pg";
import type { Place } from "../points.ts";

/** A statement on its way to PostgreSQL. */
export interface Statement {
  readonly name?: string | undefined;
  readonly text: string;
  readonly values?: unknown[] | undefined;
}

/** What `query` of a client was given, as one thing. */
export const toStatement = (query: string | QueryConfig, values?: unknown[]): Statement =>
  typeof query === "string" ? { text: query, values } : query;

/** What a batch does with a statement, by the words that it begins with. */
export function placeOf({ text, name = "" }: Statement): Place {
  if (/^\s*begin\b/.test(text) || /^((claim|read)_names|begin_batch|read_life)$/.test(name)) return "db.begin";
  if (/^\s*commit\b/.test(text)) return "db.commit";
  if (/^\s*rollback\b/.test(text)) return "db.rollback";
  if (/^(lock|read|start)_/.test(name)) return "db.lock";
  if (/^\s*(with|insert|update|delete)\b/.test(text)) return "db.write";
  return "db.status";
}
