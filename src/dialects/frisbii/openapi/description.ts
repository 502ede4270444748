import type { Api } from "../../openapi/describe.ts";
import { closed, integer, narrowed, ref, text } from "../../openapi/schema.ts";
import { accountOperations, accountSchemas } from "./account.ts";
import { browserOperations, browserSchemas } from "./browser.ts";
import { cardSchemas } from "./card.ts";
import { customerOperations, customerSchemas } from "./customer.ts";
import { oldMethodOperations, oldMethodSchemas } from "./old-method.ts";
import { methodOperations, methodSchemas } from "./payment-method.ts";
import { payoutOperations, payoutSchemas } from "./payout.ts";
import { handle, hex32, timestamp } from "./values.ts";
import { webhookOperations, webhookSchemas } from "./webhook.ts";

/** The error object: the same for every refusal. */
const error = closed({
  code: integer(0),
  error: text,
  "message?": text,
  path: text,
  timestamp,
  http_status: integer(400, 599),
  http_reason: text,
  request_id: hex32,
  "transaction_error?": text,
});

/** Frisbii Billing and Pay as this server speaks it. */
export const frisbiiApi: Api = {
  title: "Payouts in the Frisbii API",
  description:
    "What Disburse speaks of Frisbii Billing and Pay (earlier Billwerk+ Optimize, earlier Reepay). " +
    "Members of requests that are not named are ignored; answers have the members that are named, and no others.",
  operations: {
    ...payoutOperations,
    ...customerOperations,
    ...methodOperations,
    ...oldMethodOperations,
    ...accountOperations,
    ...browserOperations,
    ...webhookOperations,
  },
  schemas: {
    Error: error,
    ...payoutSchemas,
    ...cardSchemas,
    ...customerSchemas,
    ...methodSchemas,
    ...oldMethodSchemas,
    ...accountSchemas,
    ...browserSchemas,
    ...webhookSchemas,
  },
  params: { handle, id: text, transaction: text, tokenid: text, key: text },
  security: {
    privateKey: { type: "http", scheme: "basic", description: "the user is the private key; any password" },
  },
  refused: { always: [500, 503], keyed: [401, 429], named: [404], queried: [422], read: [413, 422] },
  refusal: (status) => narrowed(ref("Error"), { http_status: { const: status } }),
};
