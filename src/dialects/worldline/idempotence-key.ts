import { invalid, type Faults } from "./field-errors.ts";

export const idempotenceHeader = "x-gcs-idempotence-key";

/** The client's name for a request that it may send again; null: it gave none. At most 40 visible ASCII characters. */
export function readIdempotenceKey(headers: Readonly<Record<string, string | undefined>>): string | null | Faults {
  const key = (headers[idempotenceHeader] ?? "").trim();
  if (key === "") return null;
  const path = "X-GCS-Idempotence-Key";
  return /^[\x20-\x7e]{1,40}$/.test(key) ? key : invalid(path, "at most 40 ASCII characters");
}

/** Told with every repeat, and only then: when the first request came, in milliseconds since 1970, as a whole number. */
export const repeatHeaders = (firstAt: number): Record<string, string> => ({
  "x-gcs-idempotence-request-timestamp": String(Math.trunc(firstAt)),
});
