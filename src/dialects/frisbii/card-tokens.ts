import { refuse } from "../../core/refusal.ts";
import { cardType } from "./card.ts";
import { readDestination } from "./destination.ts";
import type { Operation } from "./operation.ts";

/** `GET /v1/payment_method/card_token/{tokenid}/details`: the card behind a token, used or not. The token's state has no known words. */
export const getTokenDetails: Operation = async ({ services }, asked, merchantId) => {
  const id = asked.params["tokenid"]!;
  const read = readDestination(id);
  const isToken = "kind" in read && read.kind === "token";
  const token = isToken ? await services.reader.token(merchantId, id) : undefined;
  if (token === undefined) return refuse("unknown_token");
  const { masked, brand, fingerprint, expMonth, expYear } = token.vault;
  return {
    body: {
      fingerprint,
      card_type: cardType(brand),
      transaction_card_type: cardType(brand),
      payment_type: "card",
      exp_month: expMonth ?? undefined,
      exp_year: expYear === null ? undefined : expYear % 100,
      masked_card_number: masked || undefined,
    },
  };
};
