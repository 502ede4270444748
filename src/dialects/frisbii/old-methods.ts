import type { Method } from "../../core/parties.ts";
import { isRefusal, refuse, type Refusal } from "../../core/refusal.ts";
import { addMethod, changeMethod, type MethodChange } from "../../flow/method.ts";
import type { Asked } from "../services.ts";
import { cardFacts, tellCard } from "./card.ts";
import { isMethodId, readDestination } from "./destination.ts";
import { ApiError, isApiError, invalid } from "./errors.ts";
import { object } from "./fields.ts";
import type { Operation, Tools } from "./operation.ts";
import { isHandle, words } from "./texts.ts";

/*
 * Payment methods as clients until 2022 ask for them: below their customer, and as cards.
 */

const mostCards = 1_000;
/** So far the database's clock may be ahead of ours. */
const aheadMs = 60_000;

/** `PaymentMethods`. Clients walk through both lists without looking whether they are there. */
const tellCards = (cards: readonly Method[]) => ({ cards: cards.map(tellCard), mps_subscriptions: [] });

/** `GET /v1/customer/{handle}/payment_method`: all that were not deleted, newest first. */
export const listCards: Operation = async ({ services }, asked, merchantId) => {
  const customer = asked.params["handle"]!;
  const only = asked.query.get("only_active") ?? "false";
  if (only !== "true" && only !== "false") return invalid("only_active must be true or false");
  if (!isHandle(customer) || (await services.reader.customer(merchantId, customer)) === undefined)
    return refuse("unknown_customer");
  const states = only === "true" ? ["active"] : ["active", "inactivated", "failed", "pending"];
  const place = { from: 0, to: asked.now + aheadMs, after: null, size: mostCards };
  const { rows } = await services.reader.methods(merchantId, { ...place, customer, states });
  return { body: tellCards(rows.filter(({ vault }) => vault.kind === "card")) };
};

const fields = object({ card_token: words(255) });

/** `POST /v1/customer/{handle}/payment_method/card` */
export const addCard: Operation = async ({ services }, asked, merchantId) => {
  const customer = asked.params["handle"]!;
  const read = fields(asked.body, "");
  if (isApiError(read)) return read;
  if (!isHandle(customer)) return refuse("unknown_customer");
  const source = readDestination(read.card_token);
  if (isApiError(source) || isRefusal(source) || source.kind !== "token") return refuse("unknown_token");
  const ids = { id: `ca_${services.ids.hex()}`, nameId: services.ids.row(), eventId: services.ids.row() };
  const added = await services.commit(
    addMethod({ merchantId, ...ids, tokenId: source.id, reference: null, customer, newCustomer: null }),
  );
  return isRefusal(added) ? added : { body: tellCard(added.method) };
};

export const getCard: Operation = async (tools, asked, merchantId) => {
  const method = await cardOf(tools, asked, merchantId);
  return isApiError(method) ? method : { body: tellCard(method) };
};

export const getCardDetails: Operation = async (tools, asked, merchantId) => {
  const method = await cardOf(tools, asked, merchantId);
  return isApiError(method) ? method : { body: { brand: method.vault.brand, ...cardFacts(method.vault) } };
};

async function cardOf({ services }: Tools, asked: Asked, merchantId: string): Promise<Method | ApiError> {
  const id = asked.params["id"]!;
  const method = isMethodId(id) ? await services.reader.method(merchantId, id) : undefined;
  const theirs = method?.customer === asked.params["handle"] && method?.vault.kind === "card";
  return method !== undefined && theirs ? method : new ApiError(19);
}

/** `POST /v1/customer/{handle}/payment_method/{id}/…`, told by `tell`. */
const changed =
  (change: MethodChange, tell: (method: Method) => object): Operation =>
  async ({ services }, asked, merchantId) => {
    const { id, handle } = asked.params;
    if (!isMethodId(id!) || !isHandle(handle!)) return refuse("unknown_method");
    const answer: { method: Method } | Refusal = await services.commit(
      changeMethod(merchantId, id!, change, services.ids.row(), handle),
    );
    return isRefusal(answer) ? answer : { body: tell(answer.method) };
  };

export const activateCard = changed("activate", (method) => tellCards([method]));
export const inactivateCard = changed("inactivate", (method) => tellCards([method]));
export const reactivateCard = changed("reactivate", tellCard);
