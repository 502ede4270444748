import type { Merchant } from "../../core/parties.ts";
import type { MethodFilter } from "../../store/filters.ts";
import type { Asked } from "../services.ts";
import { brands } from "./card.ts";
import { invalid, isApiError, type ApiError } from "./errors.ts";
import { many, object, oneOf, optional } from "./fields.ts";
import { digits, given, positionOf, type Listing } from "./filter-fields.ts";
import { parametersOf, readPart } from "./list.ts";
import { handle } from "./texts.ts";

const paymentTypes = [
  "card",
  "emv_token",
  "vipps_recurring",
  "applepay",
  "mobilepay_subscriptions",
  "sepa",
  "offline_cash",
  "offline_bank_transfer",
  "offline_other",
];

const fields = object({
  id: optional(handle),
  state: many(oneOf(["active", "inactivated", "failed", "pending", "deleted"])),
  customer: optional(handle),
  reference: optional(handle),
  payment_type: many(oneOf(paymentTypes)),
  card_type: many(oneOf(brands)),
  card_prefix: optional(digits(6)),
  card_postfix: optional(digits(4)),
  card_fingerprint: optional(handle),
});

/** Filters of the vendor's that nothing here could be held against. Ignored, a list of everything would pass for a filtered one. */
const unknownFilters = [
  "subscription",
  "failed",
  "transaction_card_type",
  "card_country",
  "card_gateway",
  "card_agreement",
  "offline_agreement_handle",
  "mps_external_id",
];

/** Reads the query of `GET /v1/list/payment_method`. Without a filter, nothing can match. */
export function readMethodFilter(asked: Asked, merchant: Merchant): Listing<MethodFilter | null> | ApiError {
  const part = readPart(asked, merchant, ["created"]);
  if (isApiError(part)) return part;
  const unknown = unknownFilters.find((name) => asked.query.has(name));
  if (unknown !== undefined) return invalid(`${unknown} is not a filter of this server`);
  const read = fields(parametersOf(asked.query), "");
  if (isApiError(read)) return read;
  if (read.payment_type?.includes("card") === false) return { part, filter: null }; // every method is a card
  const filter = {
    ...positionOf(part),
    ...given({
      id: read.id,
      states: read.state,
      customer: read.customer,
      reference: read.reference,
      brands: read.card_type,
      cardPrefix: read.card_prefix,
      cardPostfix: read.card_postfix,
      fingerprint: read.card_fingerprint,
    }),
  };
  return { part, filter };
}
