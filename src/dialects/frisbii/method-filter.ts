import type { Brand } from "../../cards/brand.ts";
import type { Merchant } from "../../core/parties.ts";
import type { MethodFilter } from "../../store/filters.ts";
import type { Asked } from "../services.ts";
import { brands } from "./card.ts";
import { agreementOf, gatewayOf } from "./agreements.ts";
import { isApiError, type ApiError } from "./errors.ts";
import { many, object, oneOf, optional, type Read } from "./fields.ts";
import { digits, given, positionOf, type Listing } from "./filter-fields.ts";
import { parametersOf, readPart } from "./list.ts";
import { dateRange } from "./interval.ts";
import { handle, words } from "./texts.ts";

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
  transaction_card_type: many(oneOf(brands)), // the same: no card here has two
  card_gateway: optional(words(255)),
  card_agreement: optional(words(255)),
  failed: optional(words(255)),
  card_prefix: optional(digits(6)),
  card_postfix: optional(digits(4)),
  card_fingerprint: optional(handle),
});

/** What no payment method here has: a list that is filtered by one of these is empty. */
const foreign = ["subscription", "card_country", "offline_agreement_handle", "mps_external_id"];

/** Reads the query of `GET /v1/list/payment_method`. Without a filter, nothing can match. */
export function readMethodFilter(asked: Asked, merchant: Merchant): Listing<MethodFilter | null> | ApiError {
  const part = readPart(asked, merchant, ["created"]);
  if (isApiError(part)) return part;
  const read = fields(parametersOf(asked.query), "");
  if (isApiError(read)) return read;
  const failed = read.failed === null ? null : dateRange(merchant.timezone)(read.failed, "failed");
  if (isApiError(failed)) return failed;
  if (foreign.some((name) => asked.query.has(name))) return { part, filter: null };
  if (read.payment_type?.includes("card") === false) return { part, filter: null }; // every method is a card
  const fitting = brandsOf(read, merchant);
  if (fitting?.length === 0) return { part, filter: null };
  const filter = {
    ...positionOf(part),
    ...given({
      id: read.id,
      states: read.state,
      customer: read.customer,
      reference: read.reference,
      brands: fitting,
      failed,
      cardPrefix: read.card_prefix,
      cardPostfix: read.card_postfix,
      fingerprint: read.card_fingerprint,
    }),
  };
  return { part, filter };
}

/**
 * The brands that fulfil all that is asked of a card's type, gateway and agreement, which follow from its brand; null: any.
 */
function brandsOf(read: Read<typeof fields>, merchant: Merchant): readonly Brand[] | null {
  const { card_type: types, transaction_card_type: others, card_gateway: gateway, card_agreement: agreement } = read;
  if (types === null && others === null && gateway === null && agreement === null) return null;
  return brands.filter((brand) => {
    const used = agreementOf(merchant, brand);
    return (
      types?.includes(brand) !== false &&
      others?.includes(brand) !== false &&
      (gateway === null || gatewayOf(used) === gateway) &&
      (agreement === null || (used?.id ?? "none") === agreement)
    );
  });
}
