import { Pool } from "undici";
import { adminToken } from "./site.mjs";

const funds = 1_000_000_000_000_000; // more than any run pays out

/**
 * Merchants with money and a saved card; over the Worldline API payouts wait for approval. Each is what the load needs to ask as it.
 * `first`: the handle of the first one.
 */
export async function makeMerchants(site, count, first = "bench-0") {
  const pool = new Pool(site.servers[0].url, { connections: 16 });
  const call = async (path, authorization, body) => {
    const headers = { authorization, "content-type": "application/json" };
    const answer = await pool.request({ method: "POST", path, headers, body: JSON.stringify(body) });
    const told = await answer.body.text();
    if (answer.statusCode > 201) throw new Error(`${path}: ${answer.statusCode} ${told}`);
    return JSON.parse(told);
  };
  const make = async (n) => {
    const handle = n === 0 ? first : `${first}-${n}`;
    const made = await call("/admin/merchants", `Bearer ${adminToken}`, { handle, currency: "EUR" });
    const { id } = made.merchant;
    const money = { reference: "start", currency: "EUR", amount_minor: funds };
    await call(`/admin/merchants/${id}/funds`, `Bearer ${adminToken}`, money);
    const own = `Basic ${Buffer.from(`${made.frisbii.private_key}:`).toString("base64")}`;
    const number = { number: "4111111111111111", cvv: "123", exp_month: 12, exp_year: 2039 };
    const token = await call("/sandbox/card-tokens", own, number);
    const saved = { source: token.id, customer: { handle: "bench" } };
    const { id: card } = await call("/v1/payment_method", own, saved);
    return { id, authorization: own, card, worldline: made.worldline };
  };
  const merchants = [];
  const rest = Array.from({ length: count }, (_, n) => n);
  const worker = async () => {
    for (let n = rest.shift(); n !== undefined; n = rest.shift()) merchants[n] = await make(n);
  };
  try {
    await Promise.all(Array.from({ length: 16 }, worker));
  } finally {
    await pool.close();
  }
  return merchants;
}
