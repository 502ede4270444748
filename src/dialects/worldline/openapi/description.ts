import type { Api } from "../../openapi/describe.ts";
import { ref, text } from "../../openapi/schema.ts";
import { createPayoutSchemas } from "./create-payout.ts";
import { errorSchemas } from "./error.ts";
import { payoutOperations, payoutSchemas } from "./payout.ts";
import { serviceOperations, serviceSchemas } from "./services.ts";

/** Worldline Connect as this server speaks it. */
export const worldlineApi: Api = {
  title: "Payouts in the Worldline Connect API",
  description:
    "What Disburse speaks of Worldline Connect (earlier Global Collect). Requests are signed: " +
    "Authorization is `GCS v1HMAC:{keyId}:{signature}`, where the signature is over method, content type, date, X-GCS headers and path. " +
    "Members of requests that are not named are ignored; answers have the members that are named, and no others.",
  operations: { ...payoutOperations, ...serviceOperations },
  schemas: { ...errorSchemas, ...createPayoutSchemas, ...payoutSchemas, ...serviceSchemas },
  params: { merchantId: { type: "string", pattern: "^\\d{1,10}$" }, payoutId: text, tokenId: text },
  security: {
    signature: {
      type: "apiKey",
      in: "header",
      name: "Authorization",
      description: "GCS v1HMAC:{keyId}:{base64 of HMAC-SHA256 over the string to sign}",
    },
  },
  refused: { always: [404, 500, 503], keyed: [403, 429], named: [], queried: [400], read: [400, 413] },
  refusal: () => ref("ErrorResponse"),
};
