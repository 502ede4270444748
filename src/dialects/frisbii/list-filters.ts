import { payoutStates } from "../../core/payout.ts";
import type { Merchant } from "../../core/parties.ts";
import type { MethodFilter, PayoutFilter } from "../../store/filters.ts";
import type { Asked } from "../services.ts";
import { brands } from "./card.ts";
import { invalid, isApiError, type ApiError } from "./errors.ts";
import { many, object, oneOf, optional, wrong, type Reader } from "./fields.ts";
import { numberRange } from "./interval.ts";
import { parametersOf, readPart, type ListPart } from "./list.ts";
import { wireStates, type WireState } from "./payout.ts";
import { mostMinor } from "./speakable.ts";
import { currency, handle } from "./texts.ts";

const digits =
  (most: number): Reader<string> =>
  (value, field) =>
    typeof value === "string" && value.length <= most && /^\d+$/.test(value) ? value : wrong(value, field, `1 to ${most} digits`);

const payoutFields = object({
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

/** What a filter is told apart by: a filter that is not given is not there. */
type Given<T> = { [K in keyof T]?: NonNullable<T[K]> };
const given = <T extends object>(filters: T): Given<T> =>
  Object.fromEntries(Object.entries(filters).filter(([, value]) => value !== null)) as Given<T>;

export function readPayoutFilter(asked: Asked, merchant: Merchant): Listing<PayoutFilter> | ApiError {
  const part = readPart(asked, merchant, ["created", "paid", "failed"]);
  if (isApiError(part)) return part;
  const read = payoutFields(parametersOf(asked.query), "");
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

export interface Listing<F> {
  readonly part: ListPart;
  readonly filter: F;
}

const positionOf = ({ from, to, after, size }: ListPart) => ({ from, to, after, size });

const paymentTypes = [
  ...["card", "emv_token", "vipps_recurring", "applepay", "mobilepay_subscriptions", "sepa", "offline_cash"],
  ...["offline_bank_transfer", "offline_other"],
];

const methodFields = object({
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
  ...["subscription", "failed", "transaction_card_type", "card_country", "card_gateway"],
  ...["card_agreement", "offline_agreement_handle", "mps_external_id"],
];

/** Without a filter, nothing can match. */
export function readMethodFilter(asked: Asked, merchant: Merchant): Listing<MethodFilter | null> | ApiError {
  const part = readPart(asked, merchant, ["created"]);
  if (isApiError(part)) return part;
  const unknown = unknownFilters.find((name) => asked.query.has(name));
  if (unknown !== undefined) return invalid(`${unknown} is not a filter of this server`);
  const read = methodFields(parametersOf(asked.query), "");
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
