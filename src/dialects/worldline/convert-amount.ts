import { assert } from "../../core/assert.ts";
import type { Currency } from "../../core/currency.ts";
import { apiError, tellErrors } from "./errors.ts";
import { invalid, isFaults, type Faults } from "./field-errors.ts";
import { gather, required } from "./fields.ts";
import { integer } from "./numbers.ts";
import type { Operation } from "./operation.ts";
import { currency } from "./texts.ts";

interface Conversion {
  readonly source: Currency;
  readonly target: Currency;
  readonly amount: number;
}

/** `GET …/services/convert/amount`: what an amount is worth in another currency, by the merchant's own rates. */
export const convertAmount: Operation = async ({ services }, { asked, merchant, answering }) => {
  const read = readConversion(asked.query);
  if (isFaults(read)) return tellErrors(read.errors, answering);
  const { source, target, amount } = read;
  const rate = source === target ? "1" : await services.reader.rate(merchant.id, source, target);
  if (rate === undefined) return tellErrors([noRate(source, target)], answering);
  const convertedAmount = convert(amount, rate);
  if (convertedAmount === undefined) return tellErrors(invalid("amount", "smaller").errors, answering);
  return { status: 200, body: { convertedAmount } };
};

export const readConversion = (query: URLSearchParams): Conversion | Faults =>
  gather({
    source: required(currency)(query.get("source"), "source"),
    target: required(currency)(query.get("target"), "target"),
    amount: required(integer(12, 0))(query.get("amount"), "amount"),
  });

/**
 * `amount` times `rate`, exactly, and then rounded half up. Both amounts are in hundredths, whatever the currencies, so there
 * is nothing to shift. Undefined for what a JSON number does not hold exactly.
 *
 * @param rate decimal text: `1.0823`
 */
export function convert(amount: number, rate: string): number | undefined {
  const [, whole, fraction = ""] = /^(\d+)(?:\.(\d+))?$/.exec(rate) ?? [];
  assert(whole !== undefined, `${rate} is decimal text`);
  const unit = 10n ** BigInt(fraction.length);
  const product = BigInt(amount) * BigInt(whole + fraction);
  const converted = Number((product * 2n + unit) / (unit * 2n));
  return Number.isSafeInteger(converted) ? converted : undefined;
}

const noRate = (source: Currency, target: Currency) =>
  apiError("fieldInvalid", { propertyName: "target", message: `there is no rate from ${source} to ${target}` });
