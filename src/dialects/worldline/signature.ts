import { createHmac, timingSafeEqual } from "node:crypto";

/** What of a request is signed. The body is not. */
export interface Signed {
  readonly method: string;
  /** Path and query as they came, still percent-encoded: `/v1/9991/payouts?limit=10`. */
  readonly target: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | undefined>>;
}

/** `GCS v1HMAC:{keyId}:{signature}`, the signature being 32 bytes in padded base64. */
export function readAuthorization(header: string | undefined): { keyId: string; signature: string } | undefined {
  const [, keyId, signature] = /^GCS +v1HMAC:([^:\s]{1,100}):([A-Za-z0-9+/]{43}=)$/i.exec(header ?? "") ?? [];
  return keyId === undefined || signature === undefined ? undefined : { keyId, signature };
}

/** The secret is used as its text: it looks like base64, and is not decoded. */
export const sign = (text: string, secret: string): Buffer =>
  createHmac("sha256", secret).update(text, "utf8").digest();

/** Whether the signature belongs to the request, in any of the ways in which clients sign the same request. */
export function isSignedWith(secret: string, signature: string, signed: Signed): boolean {
  const given = Buffer.from(signature, "base64");
  if (given.length !== 32) return false;
  return stringsToSign(signed).some((text) => timingSafeEqual(sign(text, secret), given));
}

/**
 * Every text that a client may have signed for this request, likeliest first.
 *
 * Clients disagree about the query: some sign it as sent, some percent-decoded, some with `+` for a blank. One that has a
 * base URL ending in `/` sends two slashes and signs one. `%26` and `&` sign alike once decoded, which helps only who can
 * change what is under way already, and only where a request has a query at all: no payout is made by one.
 */
export function stringsToSign(signed: Signed): readonly string[] {
  const { method, headers } = signed;
  const head = [method.toUpperCase(), headers["content-type"] ?? "", headers["date"] ?? "", ...signedHeaders(headers)];
  return targetsOf(signed.target).map((target) => [...head, target, ""].join("\n"));
}

function signedHeaders(headers: Signed["headers"]): string[] {
  return Object.entries(headers)
    .map(([name, value]): [string, string] => [name.toLowerCase(), value ?? ""])
    .filter(([name]) => name.startsWith("x-gcs"))
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, value]) => `${name}:${value.replaceAll(/\r?\n[^\S\r\n]*/g, " ").trim()}`);
}

function targetsOf(target: string): readonly string[] {
  const mark = target.indexOf("?");
  const path = mark < 0 ? target : target.slice(0, mark);
  const query = mark < 0 ? undefined : target.slice(mark + 1);
  const ends = query === undefined ? [""] : query === "" ? ["?", ""] : queriesOf(query).map((text) => `?${text}`);
  const paths = [path, path.replace(/^\/{2,}/, "/")];
  return [...new Set(paths.flatMap((path) => ends.map((end) => path + end)))];
}

const queriesOf = (query: string): readonly string[] => [
  query,
  ...[query, query.replaceAll("+", " ")].flatMap((text) => decoded(text) ?? []),
];

/** Undefined for what is no percent-encoded UTF-8: nobody can have signed its decoded form. */
function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
