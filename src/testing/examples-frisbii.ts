import { fresh, named, plain, type Examples, type The } from "./examples.ts";

const cardOf = (the: The, method: "method" | "inactive" | "failed" = "method") => ({
  params: { handle: the("customer"), id: the(method) },
});
const soon = "2099-01-01";
const payout = (destination: string) => ({ handle: fresh("payout"), destination, amount: 100 });
const below = "/v1/customer/:handle/payment_method";

/** Every route of the Frisbii dialect, as one merchant asks it. */
export const frisbiiExamples: Examples = {
  "POST /v1/payout": {
    ask: (the) => ({ body: { ...payout(the("method")), customer_handle: the("customer") } }),
    no: 404,
  },
  "GET /v1/payout/:handle": named("handle", "payout"),
  "GET /v1/payout/:id/transaction/:transaction/details": {
    ask: (the) => ({ params: { id: the("payout"), transaction: the("transaction") } }),
  },
  "GET /v1/list/payout": {
    ask: (the) => ({ query: { customer: the("customer"), card: the("method"), handle: the("payout") } }),
    no: 200,
    lists: "payout",
  },
  "POST /v1/customer": { ask: () => ({ body: { handle: fresh("customer") } }) },
  "GET /v1/customer": { ask: (the) => ({ query: { search: the("customer") } }), no: 200, lists: "customer" },
  "GET /v1/customer/:handle": named("handle", "customer"),
  "PUT /v1/customer/:handle": named("handle", "customer", {}, { first_name: "Per" }),
  "DELETE /v1/customer/:handle": named("handle", "customer"),
  "GET /v1/list/customer": { ask: (the) => ({ query: { handle: the("customer") } }), no: 200, lists: "customer" },
  "GET /v1/customer/:handle/metadata": named("handle", "customer"),
  "PUT /v1/customer/:handle/metadata": named("handle", "customer", {}, { a: 1 }),
  "DELETE /v1/customer/:handle/metadata": named("handle", "customer"),

  "POST /v1/payment_method": {
    ask: (the) => ({ body: { customer_handle: the("customer"), source: the("token") } }),
    no: 400, // of a token; of a customer 404
  },
  "GET /v1/payment_method/:id": named("id", "method"),
  "DELETE /v1/payment_method/:id": named("id", "method"),
  "POST /v1/payment_method/:id/inactivate": named("id", "method"),
  "POST /v1/payment_method/:id/activate": named("id", "inactive"),
  "POST /v1/payment_method/:id/card_reactivate": named("id", "failed"),
  "POST /v1/payment_method/:id/card/verify": named("id", "method"),
  "POST /v1/payment_method/:id/card_copy": {
    ask: (the) => ({
      params: { id: the("method") },
      body: { customer_handle: the("customer"), agreement: the("agreement") },
    }),
  },
  "POST /v1/payment_method/:id/card_move": {
    ask: (the) => ({ params: { id: the("method") }, body: { agreement: the("agreement") } }),
  },
  "GET /v1/payment_method/:id/details": named("id", "method"),
  "GET /v1/payment_method/:id/card_bin_info": named("id", "method"),
  "GET /v1/payment_method/card_token/:tokenid/details": named("tokenid", "token", { no: 400 }),
  "GET /v1/list/payment_method": {
    ask: (the) => ({ query: { customer: the("customer"), id: the("method"), card_agreement: the("agreement") } }),
    no: 200,
    lists: "method",
  },
  [`GET ${below}`]: named("handle", "customer"),
  [`POST ${below}/card`]: {
    ask: (the) => ({ params: { handle: the("customer") }, body: { card_token: the("token") } }),
    no: 400,
  },
  [`GET ${below}/card/:id`]: { ask: (the) => cardOf(the) },
  [`GET ${below}/card/:id/details`]: { ask: (the) => cardOf(the) },
  [`POST ${below}/:id/activate`]: { ask: (the) => cardOf(the, "inactive") },
  [`POST ${below}/:id/inactivate`]: { ask: (the) => cardOf(the) },
  [`POST ${below}/:id/card_reactivate`]: { ask: (the) => cardOf(the, "failed") },

  "POST /v1/session/recurring": { ask: (the) => ({ body: { customer: the("customer") } }) },
  "GET /v1/account": plain(),
  "POST /v1/account/privkey": plain({ body: {} }),
  "GET /v1/account/privkey": plain({}, { lists: "keyId" }),
  "GET /v1/account/privkey_masked": plain({}, { lists: "keyId" }),
  "POST /v1/account/privkey/:key/expire": named("key", "privateKey"),
  "POST /v1/account/pubkey": plain({ body: {} }),
  "GET /v1/account/pubkey": plain({}, { lists: "publicKey" }),
  "POST /v1/account/pubkey/:key/expire": named("key", "publicKey"),
  "GET /v1/error_codes": plain({}, { open: "clients ask for it before they have a key" }),
  "POST /v1/authenticate/account_token": {
    ask: (the) => ({ query: { pkey: the("publicKey") } }),
    open: "a public key stands in every browser, and opens this alone",
    no: 401,
    bearer: true,
  },
  "POST /v1/token": plain({}, { open: "its form holds a signed token instead of a key", own: 401 }),
  "GET /v1/authenticate/account_token": plain({}, { open: "refused to anyone", own: 405 }),
  "GET /v1/token": plain({}, { open: "refused to anyone", own: 405 }),

  "GET /v1/account/webhook_settings": plain(),
  "PUT /v1/account/webhook_settings": plain({ body: { urls: ["https://settings.example.com/hook"], disabled: false } }),
  "POST /v1/account/webhook_settings/secret": plain(),
  "GET /v1/webhook": {
    ask: (the) => ({ query: { created_before: soon, event: the("event") } }),
    no: 200,
    lists: "webhook",
  },
  "GET /v1/list/webhook": { ask: (the) => ({ query: { event: the("event") } }), no: 200, lists: "webhook" },
  "GET /v1/webhook/:id": named("id", "webhook"),
  "GET /v1/webhook/:id/request": named("id", "webhook"),
  "POST /v1/webhook/resend": { ask: (the) => ({ body: { webhooks: [the("webhook"), the("event")] } }) },
  "POST /v1/webhook/update": {
    ask: (the) => ({ body: { webhooks: [the("event")], url: "https://moved.example.com/hook" } }),
  },
  "POST /v1/webhook/disable": { ask: (the) => ({ body: { webhooks: [the("event")] } }) },
  "GET /v1/event": { ask: (the) => ({ query: { customer: the("customer") } }), no: 200, lists: "event" },
  "GET /v1/event/:id": named("id", "event"),
};
