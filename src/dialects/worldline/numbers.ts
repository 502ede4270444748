import { notANumber } from "./field-errors.ts";
import type { Reader } from "./fields.ts";

/** An integer of at most `digits` digits, no less than `least`; also as decimal text, which clients send as well. */
export const integer =
  (digits: number, least: number): Reader<number> =>
  (value, path) => {
    const number = typeof value === "string" && /^\d{1,30}$/.test(value) ? Number(value) : value;
    const fits = typeof number === "number" && Number.isSafeInteger(number) && number >= least && number < 10 ** digits;
    return fits ? number : notANumber(path, value, 1, digits);
  };

/**
 * `least` to `most` digits that are no quantity, such as an account number, with blanks or dashes between them. Only as text:
 * a JSON number has lost its leading zeros.
 */
export const digits =
  (least: number, most: number): Reader<string> =>
  (value, path) => {
    const text = typeof value === "string" ? value.replaceAll(/[ -]/g, "") : "";
    return /^\d+$/.test(text) && text.length >= least && text.length <= most
      ? text
      : notANumber(path, null, least, most);
  };
