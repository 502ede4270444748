import { isExpired } from "../../cards/expiry.ts";
import { assert } from "../../core/assert.ts";
import type { Agreement, Merchant, Method } from "../../core/parties.ts";
import { isRefusal, refuse, type Refusal } from "../../core/refusal.ts";
import { copyCard as copy } from "../../flow/copy-card.ts";
import type { NewCustomer } from "../../flow/request.ts";
import type { Asked } from "../services.ts";
import { agreementsFor } from "./agreements.ts";
import { cardFacts, cardType } from "./card.ts";
import { customerDraft } from "./customer-body.ts";
import { isMethodId } from "./destination.ts";
import { ApiError, isApiError } from "./errors.ts";
import { object, optional } from "./fields.ts";
import type { Operation, Tools } from "./operation.ts";
import { payerOf, withHandle } from "./payer.ts";
import { tellMethod } from "./payment-method.ts";
import { currency, handle, handleOf, words } from "./texts.ts";
import { timestamp } from "./timestamp.ts";

/** The saved card that a path names. What is no card has nothing to be told here. */
async function cardOf({ services }: Tools, asked: Asked, merchantId: string): Promise<Method | Refusal> {
  const id = asked.params["id"]!;
  const method = isMethodId(id) ? await services.reader.method(merchantId, id) : undefined;
  return method === undefined || method.vault.kind !== "card" ? refuse("unknown_method") : method;
}

/** With the agreements of this moment: what they allow is asked here. */
async function merchantNow({ services }: Tools, merchantId: string): Promise<Merchant> {
  const merchant = await services.reader.merchant(merchantId);
  assert(merchant !== undefined, "the merchant of an API key exists");
  return merchant;
}

/** Why a card can be put to no use as it stands. */
function unusable({ state }: Method): Refusal | undefined {
  if (state === "deleted") return refuse("unknown_method");
  if (state === "inactivated") return refuse("method_inactive");
  return state === "pending" ? refuse("method_pending") : undefined;
}

const verifyFields = object({ currency: optional(currency) });

/**
 * `POST …/card/verify`. The rails have no verification of cards: the answer is what is known without asking a bank. An agreement
 * has to pay out to such a card; it has not expired; and no bank has said that it is good for nothing.
 */
export const verifyCard: Operation = async (tools, asked, merchantId) => {
  const read = verifyFields(asked.body ?? {}, "");
  if (isApiError(read)) return read;
  const method = await cardOf(tools, asked, merchantId);
  if (isRefusal(method)) return method;
  const no = unusable(method);
  if (no !== undefined) return no;
  const merchant = await merchantNow(tools, merchantId);
  const fitting = agreementsFor(merchant, method.vault.brand, read.currency)[0];
  if (fitting === undefined) return new ApiError(138);
  const { expMonth, expYear } = method.vault;
  const expired = expMonth !== null && expYear !== null && isExpired(expMonth, expYear, new Date(asked.now));
  const error = expired ? "credit_card_expired" : method.state === "failed" ? "declined_by_acquirer" : undefined;
  return {
    body: {
      id: tools.services.ids.hex(),
      customer: method.customer,
      created: timestamp(asked.now),
      state: error === undefined ? "accepted" : "hard_declined",
      error,
      provider: fitting.rail === "sandbox" ? "test" : undefined,
    },
  };
};

const copyFields = object({
  customer_handle: optional(handle),
  customer: optional(customerDraft),
  reference: optional(handleOf(64)),
  agreement: optional(words(255)),
  currency: optional(currency),
});

/** `POST …/card_copy`: one more payment method for the same card, of the same customer or of another one. */
export const copyCard: Operation = async (tools, asked, merchantId) => {
  const { services } = tools;
  const read = copyFields(asked.body ?? {}, "");
  if (isApiError(read)) return read;
  const payer = payerOf(read.customer, read.customer_handle);
  if (isApiError(payer)) return payer;
  const method = await cardOf(tools, asked, merchantId);
  if (isRefusal(method)) return method;
  const merchant = await merchantNow(tools, merchantId);
  const agreement = agreed(merchant, method, read.agreement, read.currency);
  if (!("id" in agreement)) return agreement;
  const save = (newCustomer: NewCustomer | null) =>
    services.commit(
      copy({
        merchantId,
        from: method.id,
        id: `ca_${services.ids.hex()}`,
        reference: read.reference,
        customer: payer.customer,
        newCustomer,
        nameId: services.ids.row(),
        eventId: services.ids.row(),
      }),
    );
  const copied = payer.draft === null ? await save(null) : await withHandle(services, merchantId, payer.draft, save);
  return isRefusal(copied) ? copied : { body: tellMethod(copied.method, merchant) };
};

const moveFields = object({ agreement: optional(words(255)), currency: optional(currency) });

/**
 * `POST …/card_move`. A card here hangs on no agreement: each payout goes by the first that fits. So nothing moves; whoever asks is
 * told whether that agreement would pay out to the card.
 */
export const moveCard: Operation = async (tools, asked, merchantId) => {
  const read = moveFields(asked.body ?? {}, "");
  if (isApiError(read)) return read;
  const method = await cardOf(tools, asked, merchantId);
  if (isRefusal(method)) return method;
  const no = unusable(method);
  if (no !== undefined) return no;
  const merchant = await merchantNow(tools, merchantId);
  const found = agreed(merchant, method, read.agreement, read.currency);
  return "id" in found ? { body: tellMethod(method, merchant) } : found;
};

/** An agreement that pays out to the card: that one, where one is named. */
function agreed(
  merchant: Merchant,
  { vault }: Method,
  id: string | null,
  inCurrency: string | null,
): Agreement | ApiError | Refusal {
  if (id !== null && !merchant.agreements.some((agreement) => agreement.id === id)) return new ApiError(55);
  const named = (agreement: Agreement) => id === null || agreement.id === id;
  const paying = agreementsFor(merchant, vault.brand, null).find(named);
  if (paying === undefined) return refuse("method_cannot_pay_out");
  return agreementsFor(merchant, vault.brand, inCurrency).find(named) ?? refuse("method_lacks_currency");
}

/** `GET …/details`: all that is kept of a payment method, but for the number. */
export const getDetails: Operation = async ({ services, merchants }, asked, merchantId) => {
  const id = asked.params["id"]!;
  const method = isMethodId(id) ? await services.reader.method(merchantId, id) : undefined;
  if (method === undefined) return refuse("unknown_method");
  const merchant = await merchants.of(merchantId, asked.now);
  const { vaultId, kind, brand } = method.vault;
  const agreements = agreementsFor(merchant, brand, null).map((agreement) => agreement.id);
  return { body: { kind, brand, ...cardFacts(method.vault), vault_place: vaultId, agreements } };
};

/** `GET …/card_bin_info`: what the range of a number tells for certain, which is whose card it is. The rest would be bought or guessed. */
export const getBinInfo: Operation = async (tools, asked, merchantId) => {
  const method = await cardOf(tools, asked, merchantId);
  return isRefusal(method) ? method : { body: { brand: cardType(method.vault.brand) } };
};
