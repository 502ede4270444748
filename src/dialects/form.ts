import { isUtf8 } from "node:buffer";

/** Several times what any form of ours has. */
const mostFields = 50;

/** Reads a form (application/x-www-form-urlencoded). Undefined: not UTF-8, a field twice, or too many of them. */
export function readForm(body: Buffer): Readonly<Record<string, string>> | undefined {
  if (!isUtf8(body)) return undefined;
  const fields = [...new URLSearchParams(body.toString("utf8"))];
  if (fields.length > mostFields) return undefined;
  const form = Object.assign(Object.create(null) as Record<string, string>, Object.fromEntries(fields));
  return Object.keys(form).length === fields.length ? form : undefined;
}
