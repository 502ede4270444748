import { cardBrand } from "../../cards/brand.ts";
import { apiError } from "./errors.ts";
import { Faults, isFaults } from "./field-errors.ts";
import { object, required } from "./fields.ts";
import { digits } from "./numbers.ts";
import { productOf } from "./products.ts";

const request = object({ bin: required(digits(6, 19)) });

/**
 * Answers `GetIINDetailsRequest` from the leading digits of a card number. Which country issued it nobody told us (`99`), and
 * whether a product may be used in a given context is for the payout itself to find out.
 */
export function iinDetails(body: unknown): { paymentProductId: number; countryCode: string } | Faults {
  const read = request(body, "");
  if (isFaults(read)) return read;
  const paymentProductId = productOf(cardBrand(read.bin));
  return paymentProductId === null ? new Faults([apiError("unknownIin")]) : { paymentProductId, countryCode: "99" };
}
