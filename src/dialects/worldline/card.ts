import { cardBrand } from "../../cards/brand.ts";
import { isExpired } from "../../cards/expiry.ts";
import { luhn } from "../../cards/number.ts";
import { badExpiry, failedLuhn, invalid, isFaults, type Faults } from "./field-errors.ts";
import { gather, object, optional, required, type Reader } from "./fields.ts";
import { digits, integer } from "./numbers.ts";
import { at, givenOf } from "./places.ts";
import { fitsProduct, productOf } from "./products.ts";
import { cut, exact } from "./texts.ts";

export interface CardDraft {
  readonly kind: "card";
  /** Digits only, checked. */
  readonly number: string;
  readonly expMonth: number;
  readonly expYear: number;
  readonly holder: string | null;
  /** As the client said, else by the number; null: no product of this API. */
  readonly paymentProductId: number | null;
}
export interface TokenDraft {
  readonly kind: "token";
  readonly token: string;
  readonly paymentProductId: number | null;
}

const cardNumber: Reader<string> = (value, path) => {
  const number = digits(12, 19)(value, path);
  return isFaults(number) || luhn(number) ? number : failedLuhn(path, number);
};

/** `MMYY`, the year being 20YY. */
const expiryDate =
  (now: Date): Reader<{ expMonth: number; expYear: number }> =>
  (value, path) => {
    const [, month, year] = (typeof value === "string" && /^(0[1-9]|1[0-2])(\d\d)$/.exec(value)) || [];
    const [expMonth, expYear] = [Number(month), 2000 + Number(year)];
    return month === undefined || isExpired(expMonth, expYear, now) ? badExpiry(path, value) : { expMonth, expYear };
  };

/** A card that is paid to or kept. Its security code is not even looked at, so that it cannot be kept by mistake. */
export const cardOf = (now: Date) =>
  object({
    cardNumber: required(cardNumber),
    expiryDate: required(expiryDate(now)),
    cardholderName: optional(cut(51)),
  });

const recipient = optional(
  object({ firstName: optional(cut(15)), surnamePrefix: optional(cut(15)), surname: optional(cut(35)) }),
);

/** `cardPayoutMethodSpecificInput`: a card, or the token of one. The card goes first where both are given. */
export function readCardInput(body: unknown, now: Date): CardDraft | TokenDraft | Faults {
  const part = (name: string) => at(body, `cardPayoutMethodSpecificInput.${name}`);
  const [product, person] = [part("paymentProductId"), part("recipient")];
  const productId = optional(integer(5, 1))(product.value, product.path);
  const [used] = givenOf([part("card"), part("token")]);
  if (used?.path.endsWith(".token") === true) {
    const read = gather({ token: required(exact(40))(used.value, used.path), paymentProductId: productId });
    return isFaults(read) ? read : { kind: "token", ...read };
  }

  const { value, path } = part("card");
  const read = gather({
    card: required(cardOf(now))(value, path),
    productId,
    recipient: recipient(person.value, person.path),
  });
  if (isFaults(read)) return read;
  const { cardNumber: number, expiryDate, cardholderName } = read.card;
  const brand = cardBrand(number);
  if (read.productId !== null && !fitsProduct(read.productId, brand))
    return invalid(product.path, "the product of this card number");
  const { firstName = null, surnamePrefix = null, surname = null } = read.recipient ?? {};
  const named = [firstName, surnamePrefix, surname].filter((part) => part !== null).join(" ");
  const holder = cardholderName ?? (named || null);
  return { kind: "card", number, ...expiryDate, holder, paymentProductId: read.productId ?? productOf(brand) };
}
