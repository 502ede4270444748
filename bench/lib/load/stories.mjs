import { sign, stringsToSign } from "../../../dist/dialects/worldline/signature.js";
import { request } from "./wire.mjs";

const json = "application/json";

/** The answer's own word for how it went, else its status. */
const stateOf = ({ status, body }) => (status === 200 ? (/"state":"(\w+)"/.exec(body)?.[1] ?? "200") : String(status));

const frisbii = (line, { authorization }, method, path, body) =>
  line.ask(request(method, path, { authorization, "content-type": json }, body));

function worldline(line, { worldline: key }, method, rest, body) {
  const target = `/v1/${key.merchant_id}${rest}`;
  const headers = { date: new Date().toUTCString(), "content-type": json };
  const signature = sign(stringsToSign({ method, target, headers })[0], key.secret).toString("base64");
  const authorization = `GCS v1HMAC:${key.key_id}:${signature}`;
  return line.ask(request(method, target, { ...headers, authorization }, body));
}

const toCard = JSON.stringify({
  payoutDetails: { amountOfMoney: { amount: 1, currencyCode: "EUR" } },
  cardPayoutMethodSpecificInput: { card: { cardNumber: "4111111111111111", expiryDate: "1239" } },
});

/** What one client does, over and over. Each answers in a word how it went. */
export const stories = {
  /** Over the Frisbii API to a saved card: `paid` when the bank has paid it and that is on disk. */
  payout: async (line, merchant, name) =>
    stateOf(
      await frisbii(
        line,
        merchant,
        "POST",
        "/v1/payout",
        `{"handle":"${name}","destination":"${merchant.card}","amount":1,"currency":"EUR"}`,
      ),
    ),

  /** Over the Worldline API to a card that comes with the request: `201` when it is on disk and waits for approval. */
  create: async (line, merchant) => String((await worldline(line, merchant, "POST", "/payouts", toCard)).status),

  /** The same, and approved: `approved` when its money is held. The server sends it by itself. */
  approve: async (line, merchant) => {
    const created = await worldline(line, merchant, "POST", "/payouts", toCard);
    const id = /"id":"(\d{20}[\d-]{10})"/.exec(created.body)?.[1];
    if (created.status !== 201 || id === undefined) return String(created.status);
    const { status } = await worldline(line, merchant, "POST", `/payouts/${id}/approve`, "{}");
    return status === 200 ? "approved" : String(status);
  },

  /** A GET of the Frisbii API. */
  read: async (line, merchant, _, { path }) => String((await frisbii(line, merchant, "GET", path)).status),
  /** A GET of the Worldline API; `path` is what stands behind the merchant's number. */
  find: async (line, merchant, _, { path }) => String((await worldline(line, merchant, "GET", path)).status),
};
