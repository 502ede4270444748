import { isExpired } from "../cards/expiry.ts";
import { cleanCardNumber } from "../cards/number.ts";
import type { AddingFault } from "../core/parties.ts";

/** A card as somebody types it in, field by field. What is not there is undefined. */
export interface TypedCard {
  readonly number: unknown;
  readonly month: unknown;
  readonly year: unknown;
  readonly cvv: unknown;
}

export interface ReadCard {
  readonly number: string;
  readonly expMonth: number;
  readonly expYear: number;
  readonly amountTable: boolean;
  readonly addingFault: AddingFault | null;
}

/** What is wrong with a card: which field, and what it must be. The value is not repeated. */
export interface CardFault {
  readonly wrong: keyof TypedCard | "expired";
  readonly must: string;
}

/** What the test gateway makes of a card that is added with these. Source: docs/dialects.md, "Test cards". */
const addingFaults: Readonly<Record<string, AddingFault>> = {
  "001": "credit_card_expired",
  "002": "declined_by_acquirer",
  "003": "insufficient_funds",
  "004": "acquirer_error",
  "005": "acquirer_communication_error",
  "006": "acquirer_communication_error",
};

/** Reads a card. Of the CVV only what it orders for a test card is left (888: amounts decide); it may be missing where nobody asks for it. */
export function readCard(typed: TypedCard, now: Date): ReadCard | CardFault {
  const number = typeof typed.number === "string" ? cleanCardNumber(typed.number) : undefined;
  if (number === undefined)
    return { wrong: "number", must: "a card number of 12 to 19 digits with a right check digit" };
  const { cvv } = typed;
  if (cvv !== undefined && (typeof cvv !== "string" || !/^\d{3,4}$/.test(cvv)))
    return { wrong: "cvv", must: "a text of 3 or 4 digits" };
  const expMonth = wholeNumber(typed.month, 1, 12);
  if (expMonth === undefined) return { wrong: "month", must: "a number from 1 to 12" };
  const short = wholeNumber(typed.year, 0, 2099);
  const expYear = short !== undefined && short < 100 ? 2000 + short : short;
  if (expYear === undefined || expYear < 2000) return { wrong: "year", must: "a year of two or four digits" };
  if (isExpired(expMonth, expYear, now)) return { wrong: "expired", must: "a date that has not passed" };
  const addingFault = cvv === undefined ? null : (addingFaults[cvv] ?? null);
  return { number, expMonth, expYear, amountTable: cvv === "888", addingFault };
}

export const isCardFault = (read: ReadCard | CardFault): read is CardFault => "wrong" in read;

/** A whole number, also where it comes as text of digits. */
function wholeNumber(value: unknown, least: number, most: number): number | undefined {
  const number = typeof value === "string" && /^\d{1,4}$/.test(value) ? Number(value) : value;
  return typeof number === "number" && Number.isInteger(number) && number >= least && number <= most
    ? number
    : undefined;
}
