import { scrub } from "../logs/scrub.ts";

/** What may hold the beginning of a card number or an IBAN when text was cut. */
const tail = 64;

/**
 * Text of a receiver as it may be kept and shown: no control characters but line ends and tabs, nothing invisible and nothing that
 * turns the direction of writing, and no card numbers or IBANs. `cut`: the text went on, so its end may be half a number.
 */
export function kept(text: string, { cut = false, secrets = [] as readonly string[] } = {}): string {
  const visible = text.replaceAll(/\r\n?|[\u2028\u2029]/g, "\n").replaceAll(/[^\P{C}\n\t]/gu, "");
  const whole = cut ? visible.slice(0, -tail) : visible;
  return secrets.reduce((left, secret) => left.replaceAll(secret, "[secret]"), scrub(whole));
}

/** Headers of an answer that are worth keeping. */
const keptHeaders = ["content-type", "location", "retry-after", "server"];

/** Those of an answer's headers that are kept, each of at most 200 characters. */
export function keptOf(headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> {
  const found: Record<string, string> = {};
  for (const name of keptHeaders) {
    const value = headers[name];
    if (value !== undefined) found[name] = kept(String(value)).slice(0, 200);
  }
  return found;
}

const dayMs = 24 * 60 * 60 * 1000;

/** How long a 429 or 503 asks to be left alone (RFC 9110: seconds or a date), a day at most; null: it does not say. */
export function retryAfterMs(status: number | null, value: string | string[] | undefined, now: number): number | null {
  if ((status !== 429 && status !== 503) || typeof value !== "string") return null;
  const ms = /^\d+$/.test(value) ? Number(value) * 1000 : value.endsWith(" GMT") ? Date.parse(value) - now : NaN;
  return Number.isNaN(ms) ? null : Math.min(Math.max(ms, 0), dayMs);
}
