import type { Operations } from "../../openapi/describe.ts";
import { body, closed, flag, free, listOf, ref, upTo } from "../../openapi/schema.ts";

/** Payment methods below their customer, as clients until 2022 ask for them. */
export const oldMethodSchemas = {
  PaymentMethods: closed({
    cards: listOf(ref("Card")),
    mps_subscriptions: listOf(free("there are none here"), { maxItems: 0 }),
  }),
  CardDetails: free("all that is kept of a card, but for the number"),
};

const below = "/v1/customer/:handle/payment_method";
const cards = { answers: { 200: ref("PaymentMethods") }, errors: [400, 404] };
const card = { answers: { 200: ref("Card") }, errors: [400, 404, 500] };

export const oldMethodOperations: Operations = {
  [`GET ${below}`]: { does: "List a customer's cards", query: { "only_active?": flag }, ...cards },
  [`POST ${below}/card`]: { does: "Save the card behind a token", body: body({ card_token: upTo(255) }), ...card },
  [`GET ${below}/card/:id`]: { does: "Get a card", ...card },
  [`GET ${below}/card/:id/details`]: {
    does: "Get all that is kept of it",
    answers: { 200: ref("CardDetails") },
    errors: [404],
  },
  [`POST ${below}/:id/activate`]: { does: "Put a card into use again", ...cards },
  [`POST ${below}/:id/inactivate`]: { does: "Take a card out of use", ...cards },
  [`POST ${below}/:id/card_reactivate`]: { does: "Use a failed card again", ...card },
};
