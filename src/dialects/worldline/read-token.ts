import { cardBrand } from "../../cards/brand.ts";
import { cardOf } from "./card.ts";
import { invalid, isFaults, notAnObject, type Faults } from "./field-errors.ts";
import { gather, isGiven, isObject, optional, required } from "./fields.ts";
import { integer } from "./numbers.ts";
import { at } from "./places.ts";
import { fitsProduct } from "./products.ts";

/** A card that is to be kept. */
export interface TokenCard {
  /** Digits only, checked. */
  readonly number: string;
  readonly expMonth: number;
  readonly expYear: number;
}

/** Where it stands in a request. */
export const cardPlace = "card.data.cardWithoutCvv";

/** What the API keeps beside cards, and this server does not. */
const notKept = ["encryptedCustomerInput", "eWallet", "nonSepaDirectDebit", "sepaDirectDebit"];

/** Reads `CreateTokenRequest` and `UpdateTokenRequest`, which are the same. Alias and customer are ignored. */
export function readToken(body: unknown, now: Date): TokenCard | Faults {
  const whole = body ?? {};
  if (!isObject(whole)) return notAnObject();
  const other = notKept.find((name) => isGiven(whole[name]));
  if (other !== undefined) return invalid(other, "left out: only cards are kept here");
  const [product, card] = [at(whole, "paymentProductId"), at(whole, cardPlace)];
  const read = gather({
    product: optional(integer(5, 1))(product.value, product.path),
    card: required(cardOf(now))(card.value, card.path),
  });
  if (isFaults(read)) return read;
  const { cardNumber: number, expiryDate } = read.card;
  if (read.product !== null && !fitsProduct(read.product, cardBrand(number)))
    return invalid(product.path, "the product of this card number");
  return { number, ...expiryDate };
}
