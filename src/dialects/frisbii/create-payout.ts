import type { Merchant } from "../../core/parties.ts";
import { isRefusal, type Refusal } from "../../core/refusal.ts";
import type { DestinationRef } from "../../flow/destination.ts";
import type { NewCustomer, PayoutRequest } from "../../flow/request.ts";
import { customerDraft } from "./customer-body.ts";
import { readDestination } from "./destination.ts";
import { invalid, isApiError, type ApiError } from "./errors.ts";
import { amount, object, optional, type Read } from "./fields.ts";
import { payerOf, type Payer } from "./payer.ts";
import { currency, handle, lines, printable, words } from "./texts.ts";

/** `CreatePayout`, field by field. */
const fields = object({
  handle,
  destination: words(255),
  amount,
  currency: optional(currency),
  text: optional(lines(1024)),
  customer: optional(customerDraft),
  customer_handle: optional(handle),
  text_on_statement: optional(printable(128)),
  acquirer_reference: optional(printable(128)),
});

export interface PayoutBody {
  readonly fields: Read<typeof fields>;
  readonly destination: DestinationRef;
  readonly payer: Payer;
}

/** What payouts of the Worldline API are called: those names are given by number, so nobody may take one beforehand. */
const numbered = /^\d{20}000-100001$/;

/** Reads the body of `POST /v1/payout`: what is misspelled is told before what is wrong. */
export function readPayout(body: unknown): PayoutBody | ApiError | Refusal {
  const read = fields(body, "");
  if (isApiError(read)) return read;
  if (numbered.test(read.handle)) return invalid("handle must not have the form of a numbered payout's id");
  const payer = payerOf(read.customer, read.customer_handle);
  if (isApiError(payer)) return payer;
  const destination = readDestination(read.destination);
  return isApiError(destination) || isRefusal(destination) ? destination : { fields: read, destination, payer };
}

/** The same in the words of the core. A payout in this API is due at once. */
export function requestOf(
  { fields, destination, payer }: PayoutBody,
  merchant: Merchant,
  id: string,
  newCustomer: NewCustomer | null,
): Omit<PayoutRequest, "permits"> {
  return {
    merchantId: merchant.id,
    id,
    door: "frisbii",
    handle: fields.handle,
    amountMinor: fields.amount,
    currency: fields.currency ?? merchant.currency,
    text: fields.text,
    statementText: fields.text_on_statement || null, // an empty one prints nothing
    merchantReference: fields.acquirer_reference || null,
    customer: payer.customer,
    newCustomer,
    destination,
    dueAt: null,
  };
}
