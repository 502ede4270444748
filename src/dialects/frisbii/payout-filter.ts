import { payoutStates } from "../../core/payout.ts";
import type { Merchant } from "../../core/parties.ts";
import type { PayoutFilter } from "../../store/filters.ts";
import type { Asked } from "../services.ts";
import { brands } from "./card.ts";
import { isApiError, type ApiError } from "./errors.ts";
import { many, object, oneOf, optional } from "./fields.ts";
import { digits, given, positionOf, type Listing } from "./filter-fields.ts";
import { numberRange } from "./interval.ts";
import { parametersOf, readPart } from "./list.ts";
import { wireStates, type WireState } from "./payout.ts";
import { mostMinor } from "./speakable.ts";
import { currency, handle } from "./texts.ts";

const fields = object({
  handle: optional(handle),
  handle_prefix: optional(handle),
  handle_contains: optional(handle),
  customer: optional(handle),
  state: many(oneOf<WireState>(["created", "processing", "paid", "failed"])),
  amount: optional(numberRange),
  currency: many(currency),
  card: optional(handle),
  card_type: optional(oneOf(brands)),
  card_prefix: optional(digits(6)),
  card_postfix: optional(digits(4)),
  card_fingerprint: optional(handle),
});

/** Reads the query of `GET /v1/list/payout`. */
export function readPayoutFilter(asked: Asked, merchant: Merchant): Listing<PayoutFilter> | ApiError {
  const part = readPart(asked, merchant, ["created", "paid", "failed"]);
  if (isApiError(part)) return part;
  const read = fields(parametersOf(asked.query), "");
  if (isApiError(read)) return read;
  const filter = {
    ...positionOf(part),
    range: part.range as PayoutFilter["range"],
    mostMinor,
    ...given({
      handle: read.handle,
      handlePrefix: read.handle_prefix,
      handleContains: read.handle_contains,
      customer: read.customer,
      states: read.state === null ? null : payoutStates.filter((state) => read.state!.includes(wireStates[state])),
      amountMinor: read.amount,
      currencies: read.currency,
      methodId: read.card,
      brand: read.card_type,
      cardPrefix: read.card_prefix,
      cardPostfix: read.card_postfix,
      fingerprint: read.card_fingerprint,
    }),
  };
  return { part, filter };
}
