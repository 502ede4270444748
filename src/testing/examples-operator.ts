import type { Kind } from "./belongings.ts";
import { fresh, plain, type Asking, type Example, type Examples } from "./examples.ts";

const root = "/admin/merchants/:id";
/** On one merchant, which the operator names; what is named below it has to be that merchant's. */
const on = (more: Asking = {}, example: Partial<Example> = {}): Example => ({
  ask: (the) => ({ ...more, params: { id: the("merchant") } }),
  ...example,
});
const below = (param: string, kind: Kind, body?: object, example: Partial<Example> = {}): Example => ({
  ask: (the) => ({ params: { id: the("merchant"), [param]: the(kind) }, ...(body !== undefined && { body }) }),
  ...example,
});
const at = `${root}/endpoints/:endpoint`;
const agreement = { id: "main", rail: "sandbox", brands: [], currencies: [], payout: true };
const why = { reason: "a test" };

/** Every route of the operator's API and of what stands beside the payout APIs. */
export const operatorExamples: Examples = {
  "POST /admin/merchants": { ask: () => ({ body: { handle: fresh("merchant"), currency: "EUR" } }) },
  "GET /admin/merchants": plain(),
  [`GET ${root}`]: on(),
  [`PATCH ${root}`]: on({ body: { name: "Shop" } }),
  [`GET ${root}/balances`]: on(),
  [`POST ${root}/funds`]: { ask: (the) => ({ params: { id: the("merchant") }, body: funds() }) },
  [`PUT ${root}/floors`]: on({ body: { currency: "EUR", floor_minor: 0 } }),
  [`POST ${root}/keys`]: on({ body: { kind: "frisbii" } }),
  [`GET ${root}/keys`]: on({}, { lists: "keyId" }),
  [`DELETE ${root}/keys/:key`]: below("key", "keyId"),
  [`GET ${root}/agreements`]: on({}, { lists: "agreement" }),
  [`PUT ${root}/agreements`]: on({ body: { agreements: [agreement] } }),
  [`GET ${root}/customers/:handle`]: below("handle", "customer"),
  [`POST ${root}/customers/:handle/erase`]: below("handle", "customer", why),
  [`GET ${root}/payouts`]: on({}, { lists: "payout" }),
  [`GET ${root}/payouts/:handle`]: below("handle", "payout"),
  [`POST ${root}/payouts/:handle/approve`]: below("handle", "worldlinePayout", {}),
  [`POST ${root}/payouts/:handle/cancel`]: below("handle", "worldlinePayout"),
  [`POST ${root}/payouts/:handle/resolve`]: below("handle", "payout", why, { own: 409 }),
  [`GET ${root}/incidents`]: on(),
  "GET /admin/incidents": plain(),
  [`GET ${root}/rates`]: on(),
  [`PUT ${root}/rates`]: on({ body: { source: "EUR", target: "USD", rate: "1.1" } }),
  [`DELETE ${root}/rates`]: on({ body: { source: "EUR", target: "USD" } }),
  [`POST ${root}/endpoints`]: {
    ask: (the) => ({
      params: { id: the("merchant") },
      body: { format: "standard", url: `https://${fresh("more")}.example.com/` },
    }),
  },
  [`GET ${root}/endpoints`]: on({}, { lists: "endpoint" }),
  [`GET ${at}`]: below("endpoint", "ownEndpoint"),
  [`PATCH ${at}`]: below("endpoint", "ownEndpoint", { username: "user" }),
  [`DELETE ${at}`]: below("endpoint", "ownEndpoint"),
  [`POST ${at}/enable`]: below("endpoint", "ownEndpoint"),
  [`POST ${at}/secret`]: below("endpoint", "ownEndpoint"),
  [`DELETE ${at}/secret/:secret`]: {
    ask: (the) => ({ params: { id: the("merchant"), endpoint: the("ownEndpoint"), secret: the("secret") } }),
  },
  [`GET ${at}/notices`]: below("endpoint", "endpoint"),
  [`GET ${at}/notices/:notice`]: {
    ask: (the) => ({ params: { id: the("merchant"), endpoint: the("endpoint"), notice: the("webhook") } }),
  },
  [`POST ${at}/resend`]: {
    ask: (the) => ({
      params: { id: the("merchant"), endpoint: the("endpoint") },
      body: { notices: [the("webhook")] },
    }),
  },
  [`POST ${at}/verify`]: below("endpoint", "ownEndpoint", undefined, { own: 409 }),
  [`GET ${root}/events`]: on(),
  "GET /admin/events": { ask: (the) => ({ query: { merchant: the("merchant") } }) },
  [`GET ${root}/report`]: on({ query: { date: "2025-01-01" } }),
  "GET /admin/dispatch": plain(),
  "POST /admin/arm": plain({ body: why }),

  "POST /sandbox/card-tokens": plain({
    body: { number: "4111111111111111", cvv: "123", exp_month: 12, exp_year: 2039 },
  }),
  "POST /sandbox/payment-methods/:id/state": {
    ask: (the) => ({ params: { id: the("method") }, body: { state: "failed" } }),
  },
  "POST /rails/sandbox/callback": plain({ body: {} }, { open: "signed by the sandbox bank", own: 401 }),
  "GET /checkout/:account/:session": {
    ask: (the) => ({ params: { account: the("account"), session: the("session") } }),
    open: "whoever has the address may enter a card",
    bearer: true,
  },
  "POST /checkout/:account/:session": {
    ask: (the) => ({ params: { account: the("account"), session: the("session") } }),
    open: "whoever has the address may enter a card",
    bearer: true,
    own: 422,
  },
  "GET /health": plain({}, { open: "tells nothing about merchants" }),
  "GET /openapi/frisbii.json": plain({}, { open: "the same for everybody" }),
  "GET /openapi/worldline.json": plain({}, { open: "the same for everybody" }),
  "GET /openapi/admin.json": plain({}, { open: "the same for everybody" }),
};

function funds() {
  return { reference: fresh("funds"), currency: "EUR", amount_minor: 1 };
}
