import { fromTwoDecimals, type Money } from "../../core/money.ts";
import { invalid, isFaults, type Faults } from "./field-errors.ts";
import { object, required } from "./fields.ts";
import { integer } from "./numbers.ts";
import type { Place } from "./places.ts";
import { currency } from "./texts.ts";

/** The amount: up to twelve digits, in this API always of hundredths. */
const amountOfMoney = object({ amount: required(integer(12, 1)), currencyCode: required(currency) });

/** `amountOfMoney`, in the currency's own unit. What that unit cannot say (half a JPY) is refused, never rounded. */
export function readAmountOfMoney({ value, path }: Place): Money | Faults {
  const read = amountOfMoney(value, path);
  if (isFaults(read)) return read;
  const { amount, currencyCode: currency } = read;
  const minor = fromTwoDecimals(amount, currency);
  return minor === undefined
    ? invalid(`${path}.amount`, `an amount that ${currency} can be paid in`)
    : { minor, currency };
}
