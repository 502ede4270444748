import type { Brand } from "../../cards/brand.ts";
import type { Merchant, Method } from "../../core/parties.ts";
import { isRefusal } from "../../core/refusal.ts";
import { changeMethod, keepCard, renewMethod } from "../../flow/method.ts";
import type { Services } from "../services.ts";
import { day } from "./days.ts";
import { apiError, tellErrors } from "./errors.ts";
import { invalid, isFaults } from "./field-errors.ts";
import { required } from "./fields.ts";
import type { Given, Operation } from "./operation.ts";
import { productOf } from "./products.ts";
import { cardPlace, readToken, type TokenCard } from "./read-token.ts";
import { tellRefusal } from "./refusals.ts";

/**
 * `POST /v1/{merchantId}/tokens`: 201 with a new token, or 200 with the one that the card has already, which stays as it is.
 *
 * Two processes that are asked for the same card at the same instant may make two tokens: both can be paid, and one is told
 * from then on.
 */
export const createToken: Operation = async ({ services, turns }, { asked, merchant, answering }) => {
  const card = readToken(asked.body, new Date(asked.now));
  if (isFaults(card)) return tellErrors(card.errors, answering);
  const item = await sealed(services, merchant, card, false);
  return turns.take(`${merchant.id} ${item.fingerprint}`, async () => {
    const known = await services.reader.keptCard(merchant.id, item.fingerprint);
    if (known !== undefined) return { status: 200, body: { token: known.id, isNewToken: false } };
    const kept = await services.commit(keepCard(`ca_${services.ids.hex()}`, item));
    if (isRefusal(kept)) return tellRefusal(kept, "tokens", answering);
    return { status: 201, body: { token: kept.method.id, isNewToken: true } };
  });
};

/** `GET …/tokens/{tokenId}` */
export const getToken: Operation = async ({ services }, given) => {
  const method = await methodOf(services, given);
  if (method === undefined) return tellErrors([apiError("unknownToken")], given.answering);
  return { status: 200, body: tellToken(method) };
};

/** `PUT …/tokens/{tokenId}`: 204, with another date of expiry. Another number would be another card. */
export const updateToken: Operation = async ({ services }, given) => {
  const { asked, merchant, answering } = given;
  const card = readToken(asked.body, new Date(asked.now));
  if (isFaults(card)) return tellErrors(card.errors, answering);
  const method = await methodOf(services, given);
  if (method === undefined) return tellErrors([apiError("unknownToken")], answering);
  const item = await sealed(services, merchant, card, method.vault.amountTable);
  if (item.fingerprint !== method.vault.fingerprint)
    return tellErrors(invalid(`${cardPlace}.cardNumber`, "the number of this token").errors, answering);
  const renewed = await services.commit(renewMethod(method.id, item));
  return isRefusal(renewed) ? tellRefusal(renewed, "tokens", answering) : { status: 204 };
};

/** `DELETE …/tokens/{tokenId}`: 204, for good. There are no mandates here; the day of cancelling one has to be a day. */
export const deleteToken: Operation = async ({ services }, given) => {
  const { asked, merchant, answering } = given;
  const name = "mandateCancelDate";
  const date = asked.query.has(name) ? required(day)(asked.query.get(name), name) : null;
  if (isFaults(date)) return tellErrors(date.errors, answering);
  const method = await methodOf(services, given);
  if (method === undefined) return tellErrors([apiError("unknownToken")], answering);
  const deleted = await services.commit(changeMethod(merchant.id, method.id, "delete", services.ids.row()));
  return isRefusal(deleted) ? tellRefusal(deleted, "tokens", answering) : { status: 204 };
};

/** The saved card of a token, whichever API saved it. */
async function methodOf({ reader }: Services, { asked, merchant }: Given): Promise<Method | undefined> {
  const method = await reader.method(merchant.id, asked.params["tokenId"] ?? "");
  return method === undefined || method.state === "deleted" || method.vault.kind !== "card" ? undefined : method;
}

const sealed = ({ ids, sealCard }: Services, { id: merchantId }: Merchant, card: TokenCard, amountTable: boolean) =>
  sealCard({ merchantId, vaultId: ids.row(), ...card, amountTable });

/** `TokenResponse`: all that is kept. Of the number, the last four digits. */
function tellToken({ id, vault }: Method) {
  const cardNumber = vault.masked.slice(-4).padStart(vault.masked.length, "*");
  const two = (number: number | null): string => String((number ?? 0) % 100).padStart(2, "0");
  return {
    id,
    paymentProductId: productOf(vault.brand as Brand) ?? undefined,
    card: {
      alias: cardNumber,
      data: { cardWithoutCvv: { cardNumber, expiryDate: two(vault.expMonth) + two(vault.expYear) } },
    },
  };
}
