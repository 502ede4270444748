import type { Merchant, Method } from "../../core/parties.ts";
import { isRefusal, type Refusal } from "../../core/refusal.ts";
import { agreementOf, gatewayOf } from "./agreements.ts";
import { cardFacts, cardType, methodFacts } from "./card.ts";
import { customerDraft } from "./customer-body.ts";
import { readDestination } from "./destination.ts";
import { ApiError, isApiError } from "./errors.ts";
import { object, optional } from "./fields.ts";
import { payerOf, type Payer } from "./payer.ts";
import { handle, handleOf, words } from "./texts.ts";

const fields = object({
  source: words(255),
  customer_handle: optional(handle),
  customer: optional(customerDraft),
  reference: optional(handleOf(64)),
});

export interface MethodBody {
  readonly tokenId: string;
  readonly reference: string | null;
  readonly payer: Payer;
}

/** Reads the body of `POST /v1/payment_method`. Only a card token can become a payment method. */
export function readMethod(body: unknown): MethodBody | ApiError | Refusal {
  const read = fields(body, "");
  if (isApiError(read)) return read;
  const payer = payerOf(read.customer, read.customer_handle);
  if (isApiError(payer)) return payer;
  const source = readDestination(read.source);
  if (isApiError(source)) return source;
  if (isRefusal(source)) return source.refused === "unknown_token" ? source : new ApiError(110);
  return source.kind === "token" ? { tokenId: source.id, reference: read.reference, payer } : new ApiError(110);
}

/** `PaymentMethod`, in the nested form. */
export function tellMethod(method: Method, merchant: Merchant) {
  const { vault } = method;
  const shared = methodFacts(method);
  if (vault.kind !== "card") return { ...shared, payment_type: "sepa" };
  const agreement = agreementOf(merchant, vault.brand);
  const card = {
    gateway: gatewayOf(agreement),
    card_agreement: agreement?.id ?? "none",
    gw_ref: vault.vaultId,
    transaction_card_type: cardType(vault.brand),
    ...cardFacts(vault),
  };
  return { ...shared, payment_type: "card", card };
}
