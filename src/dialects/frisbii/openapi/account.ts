import type { Operations } from "../../openapi/describe.ts";
import { body, closed, integer, like, listOf, oneOf, ref, saying, text, upTo, uri } from "../../openapi/schema.ts";
import { country, currency, handle, hex32, reference, timestamp } from "./values.ts";

export const accountSchemas = {
  Account: closed({
    handle,
    id: hex32,
    organisation: hex32,
    name: text,
    currency,
    country,
    locale: like(/^[a-z]{2,3}_[A-Z]{2}$/),
    timezone: text,
    state: oneOf("test", "live", "closed"),
    default_vat: { type: "number" },
    created: timestamp,
  }),
  CreateKey: body({ "label?": upTo(100), "groups?": listOf(text, { maxItems: 0 }) }),
  Key: closed({
    key: saying(text, "a private key is told whole once, when it is made"),
    "id?": text,
    "label?": text,
    "groups?": listOf(text),
    created: timestamp,
  }),
  ErrorCode: closed({ code: integer(0), error: text, http_code: integer(200, 599) }),
  CreateSession: body({
    "customer?": handle,
    "create_customer?": ref("CreateCustomer"),
    "accept_url?": uri,
    "cancel_url?": uri,
    "payment_method_reference?": reference,
    "payment_methods?": listOf(text),
    "ttl?": { oneOf: [saying(integer(60), "seconds"), saying(text, "a duration of ISO 8601")] },
  }),
  Session: closed({ id: like(/^cs_[0-9a-f]{32}$/), url: uri }),
};

const key = { answers: { 200: ref("Key") }, errors: [400, 404] };
const keys = { answers: { 200: listOf(ref("Key")) } };
const made = { body: ref("CreateKey"), optional: true, answers: { 200: ref("Key") } } as const;

export const accountOperations: Operations = {
  "GET /v1/account": { does: "Get the account that a key belongs to", answers: { 200: ref("Account") } },
  "POST /v1/account/privkey": { does: "Make a private key", ...made },
  "GET /v1/account/privkey": { does: "List private keys, masked", ...keys },
  "GET /v1/account/privkey_masked": { does: "List private keys, masked", ...keys },
  "POST /v1/account/privkey/:key/expire": { does: "End a private key", ...key },
  "POST /v1/account/pubkey": { does: "Make a public key", ...made },
  "GET /v1/account/pubkey": { does: "List public keys", ...keys },
  "POST /v1/account/pubkey/:key/expire": { does: "End a public key", ...key },
  "GET /v1/error_codes": {
    does: "List all error codes",
    answers: { 200: listOf(ref("ErrorCode")) },
    open: true,
  },
  "POST /v1/session/recurring": {
    does: "Open a page on which a person saves a card",
    body: ref("CreateSession"),
    answers: { 200: ref("Session") },
    errors: [400, 404],
  },
};
