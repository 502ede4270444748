import { request } from "undici";
import type { Merchant } from "./drive.ts";
import { cardNumbers, currencies } from "./orders.ts";
import { adminToken } from "./site.ts";

/** What each account is funded with: more than a run can pay out, so that nothing fails for want of it. */
const fundsMinor = 1_000_000_000_000;

/** Merchants with money and saved cards; over the Worldline API, all but the last have two steps. */
export async function makeMerchants(
  port: number,
  count: number,
): Promise<{ merchants: Merchant[]; funded: Map<string, bigint> }> {
  const call = async (path: string, authorization: string, body: object): Promise<any> => {
    const answer = await request(`http://127.0.0.1:${port}${path}`, {
      method: "POST",
      headers: { authorization, "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    const text = await answer.body.text();
    if (answer.statusCode > 201) throw new Error(`${path}: ${answer.statusCode} ${text}`);
    return JSON.parse(text);
  };
  const merchants: Merchant[] = [];
  const funded = new Map<string, bigint>();
  for (let n = 1; n <= count; n += 1) {
    const admin = `Bearer ${adminToken}`;
    const approves = n < count;
    const profile = { handle: `torture-${n}`, currency: "EUR", approval: { frisbii: false, worldline: approves } };
    const made = await call("/admin/merchants", admin, profile);
    const { id } = made.merchant;
    for (const currency of Object.keys(currencies)) {
      const funds = { reference: `funds-${currency}`, currency, amount_minor: fundsMinor };
      await call(`/admin/merchants/${id}/funds`, admin, funds);
      funded.set(`${id} ${currency}`, BigInt(fundsMinor));
    }
    const privateKey: string = made.frisbii.private_key;
    const own = `Basic ${Buffer.from(`${privateKey}:`).toString("base64")}`;
    const cards: Merchant["cards"][number][] = [];
    for (const number of cardNumbers) {
      const token = await call("/sandbox/card-tokens", own, { number, cvv: "123", exp_month: 12, exp_year: 2039 });
      const customer = { handle: `owner-of-${number}` };
      const method = await call("/v1/payment_method", own, { source: token.id, customer });
      cards.push({ kind: "saved", number, id: method.id });
    }
    merchants.push({ id, worldlineId: made.worldline.merchant_id, privateKey, key: made.worldline, approves, cards });
  }
  return { merchants, funded };
}
