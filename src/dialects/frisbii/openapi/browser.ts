import type { Operations } from "../../openapi/describe.ts";
import { body, closed, like, ref, text } from "../../openapi/schema.ts";

/** What is answered to pages in a browser: errors stand in a member of their own. */
export const browserSchemas = { BrowserError: closed({ error: ref("Error") }) };

/** The two calls of the vendor's browser library, with a public key in the form. */
const browser = { form: true, open: true, errors: [400, 401, 429], error: ref("BrowserError") } as const;
const refused = { answers: {}, open: true, errors: [405], error: ref("BrowserError") } as const;

export const browserOperations: Operations = {
  "POST /v1/authenticate/account_token": {
    does: "Trade a public key for a short-lived token",
    query: { "pkey?": text },
    body: body({ "pkey?": text }),
    answers: { 200: closed({ token: text }) },
    ...browser,
  },
  "POST /v1/token": {
    does: "Trade a card number for a card token, in the browser",
    body: body({ number: text, month: text, year: text, "cvv?": text, account_token: text }),
    answers: { 200: closed({ id: like(/^ct_[0-9a-f]{32}$/) }) },
    ...browser,
  },
  "GET /v1/authenticate/account_token": {
    does: "Refused: card numbers in addresses are logged everywhere",
    ...refused,
  },
  "GET /v1/token": { does: "Refused: card numbers in addresses are logged everywhere", ...refused },
};
