import { isCurrency, type Currency } from "../../core/currency.ts";
import { isApiError } from "./errors.ts";
import { wrong, type Reader } from "./fields.ts";

/** The documented set is `[a-zA-Z0-9_.-@]`: a list of characters, not a range from `.` to `@`. */
const handlePattern = /^[A-Za-z0-9_.@-]{1,255}$/;

export const isHandle = (text: string): boolean => handlePattern.test(text);

/** A name that the merchant gives: of a payout, a customer, a payment method. */
export const handleOf =
  (most: number): Reader<string> =>
  (value, field) =>
    typeof value === "string" && value.length <= most && isHandle(value)
      ? value
      : wrong(value, field, `1 to ${most} characters out of A-Z a-z 0-9 _ . - @`);

export const handle = handleOf(255);

/**
 * What hides in a text or reorders it for whoever reads it: control characters, the marks of bidirectional writing, blanks
 * of no width, tags. Joiners stay: Persian, Hindi and many an emoji are misspelled without them.
 */
const unseen = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}\u200b\u2060-\u2064\ufeff\u{e0000}-\u{e007f}]/u;

/** Free text and people's names, in the composed form (NFC): the same word is the same bytes from here on. */
export const words =
  (most: number): Reader<string> =>
  (value, field) => {
    if (typeof value !== "string" || value.length > most)
      return wrong(value, field, `text of at most ${most} characters`);
    if (unseen.test(value)) return wrong(value, field, "text without control, direction or invisible characters");
    return value.normalize("NFC");
  };

/** Free text, in which lines may end and tabs stand. */
export const lines = (most: number): Reader<string> => {
  const read = words(most);
  return (value, field) => {
    const line = typeof value === "string" ? read(value.replaceAll(/[\t\r\n]/g, " "), field) : read(value, field);
    return isApiError(line) ? line : (value as string).normalize("NFC");
  };
};

/** Text for bank statements and acquirers: ASCII from blank to tilde. The documented range ends with DEL, which is no text. */
export const printable =
  (most: number): Reader<string> =>
  (value, field) =>
    typeof value === "string" && value.length <= most && /^[\x20-\x7e]*$/.test(value)
      ? value
      : wrong(value, field, `at most ${most} printable ASCII characters`);

export const currency: Reader<Currency> = (value, field) =>
  typeof value === "string" && isCurrency(value)
    ? value
    : wrong(value, field, "a currency code of ISO 4217 in upper case");

/** Two upper-case letters: which of them stand for a country today is not decided here. Empty: none. */
export const country: Reader<string> = (value, field) =>
  typeof value === "string" && /^(?:[A-Z]{2})?$/.test(value)
    ? value
    : wrong(value, field, "a country code of ISO 3166-1 alpha-2");

const label = String.raw`[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?`;
const address = new RegExp(String.raw`^[\p{L}\p{N}.!#$%&'*+/=?^_\x60{|}~-]{1,64}@${label}(?:\.${label})*$`, "u");

/** The shape of an address, as browsers check it, with letters of all scripts. Empty: none. */
export const email: Reader<string> = (value, field) => {
  if (value === "") return value;
  const looksIt = typeof value === "string" && value.length <= 254 && address.test(value);
  return looksIt ? value.normalize("NFC") : wrong(value, field, "an e-mail address");
};
