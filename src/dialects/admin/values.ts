import { isCurrency, type Currency } from "../../core/currency.ts";
import { field, type Field } from "./fields.ts";

const matching = (says: string, pattern: RegExp): Field<string> =>
  field(says, (value) => (typeof value === "string" && pattern.test(value) ? value : undefined));

/** Free text without control characters. */
export const text = (most: number): Field<string> =>
  matching(`text of 1 to ${most} characters`, new RegExp(`^[^\\p{Cc}]{1,${most}}$`, "u"));

export const handle = matching("a handle (1 to 64 of A to Z, a to z, 0 to 9 and _ . - @)", /^[A-Za-z0-9_.@-]{1,64}$/);

/** A payout's handle, or how it begins. */
export const payoutHandle = text(255);

export const currency: Field<Currency> = field("an ISO 4217 currency in capitals", (value) =>
  typeof value === "string" && isCurrency(value) ? value : undefined,
);

const regions = new Intl.DisplayNames(["en"], { type: "region", fallback: "none" });
export const country = field("an ISO 3166 country of two capitals", (value) =>
  typeof value === "string" && /^[A-Z]{2}$/.test(value) && regions.of(value) !== undefined ? value : undefined,
);

export const timezone = field("an IANA time zone such as Europe/Berlin", (value) =>
  typeof value === "string" && /^[A-Z]/.test(value) && isTimezone(value) ? value : undefined,
);

function isTimezone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).format(0) !== "";
  } catch {
    return false;
  }
}

export const yesOrNo = field("true or false", (value) => (typeof value === "boolean" ? value : undefined));

const minorOf = (value: unknown): bigint | undefined =>
  Number.isSafeInteger(value) ? BigInt(value as number) : undefined;

/** An amount in the currency's smallest unit, as a JSON number: never beyond 2^53 - 1, which one holds exactly. */
export const signedMinor = field("a whole number of minor units, not 0", (value) =>
  value === 0 ? undefined : minorOf(value),
);
export const minorOrNone = field("a whole number of minor units, or null for no floor", (value) =>
  value === null ? null : minorOf(value),
);
export const newFloor = field("a whole number of minor units, not above 0, or null for no floor", (value) => {
  const minor = value === null ? null : minorOf(value);
  return minor === undefined || (minor !== null && minor > 0n) ? undefined : minor;
});

/** Of at most 12 digits before and after the point, so that converting is exact and never long. */
export const rate = field('a rate above 0 as decimal text such as "1.0823"', (value) =>
  typeof value === "string" && /^(?:0|[1-9]\d{0,11})(?:\.\d{1,12})?$/.test(value) && /[1-9]/.test(value)
    ? value
    : undefined,
);

const instantPattern = /^(\d{4}-\d\d-\d\d)T\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)$/;

export const instant = field("an instant such as 2026-01-31T12:00:00Z", (value) => {
  const [whole, day] = instantPattern.exec(typeof value === "string" ? value : "") ?? [];
  const at = whole === undefined ? NaN : Date.parse(whole);
  // Date.parse takes 30 February for 2 March.
  return Number.isNaN(at) || new Date(`${day}T00:00Z`).toISOString().slice(0, 10) !== day ? undefined : at;
});

export const oneOf = <const T extends string>(...words: readonly T[]): Field<T> =>
  field(`one of ${words.join(", ")}`, (value) => words.find((word) => word === value));

/** A number of a query, which comes as text. */
export const numberFrom = (least: number, most: number): Field<number> =>
  field(`a whole number from ${least} to ${most}`, (value) => {
    const number = typeof value === "string" && /^\d{1,9}$/.test(value) ? Number(value) : NaN;
    return number >= least && number <= most ? number : undefined;
  });
