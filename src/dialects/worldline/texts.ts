import { isCurrency, type Currency } from "../../core/currency.ts";
import { invalid } from "./field-errors.ts";
import type { Reader } from "./fields.ts";

/**
 * What hides in a text or reorders it for whoever reads it: control characters, the marks of bidirectional writing, blanks
 * of no width, tags. Joiners stay: Persian, Hindi and many an emoji are misspelled without them.
 */
const unseen = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}\u200b\u2060-\u2064\ufeff\u{e0000}-\u{e007f}]/u;

/** Text as it was written, in `most` characters; what is longer is refused. For everything that something is found by. */
export const exact =
  (most: number): Reader<string> =>
  (value, path) => {
    if (typeof value !== "string") return invalid(path, "text");
    if (unseen.test(value)) return invalid(path, "text without control, direction or invisible characters");
    return Array.from(value).length <= most ? value : invalid(path, `at most ${most} characters`);
  };

/** Names, addresses and texts for people: composed (NFC), and cut to `most` characters as the vendor cuts them. */
export const cut =
  (most: number): Reader<string> =>
  (value, path) => {
    const text = exact(Infinity)(value, path);
    return typeof text === "string" ? Array.from(text.normalize("NFC").trim()).slice(0, most).join("").trimEnd() : text;
  };

export const currency: Reader<Currency> = (value, path) =>
  typeof value === "string" && isCurrency(value) ? value : invalid(path, "a currency code of ISO 4217 in upper case");

/** Two upper-case letters: which of them stand for a country today is not decided here. */
export const country: Reader<string> = (value, path) =>
  typeof value === "string" && /^[A-Z]{2}$/.test(value)
    ? value
    : invalid(path, "a country code of ISO 3166-1 alpha-2 in upper case");
