import { createHash } from "node:crypto";
import { Pool } from "undici";

/** What a program is started with: whose payouts it makes, and with what. A saved card is read from the vault only once. */
export const settings = JSON.parse(process.env.PAYER);

const epoch = Date.UTC(2025, 0, 1);
let [lastAt, count] = [0, 0];

/** Grows with time, as the product's ids do. */
function newId() {
  const at = Date.now();
  count = at === lastAt ? count + 1 : 0;
  lastAt = at;
  return ((BigInt(at - epoch) << 22n) | BigInt(count)).toString();
}

const hash = (text) => createHash("sha256").update(text);

/** All that the rows of a payout need, from what was asked. The reference is the same whenever the same payout is asked for. */
export function toPayout({ handle, amount, currency }) {
  const { merchant, prefix, vault, method, customer } = settings;
  const digest = hash(`${merchant} ${handle}`).digest("hex").slice(0, 14).toUpperCase();
  const reference = prefix + digest.replaceAll(/[0189]/g, (digit) => ({ 0: "G", 1: "H", 8: "I", 9: "J" })[digit]);
  const instruction = JSON.stringify([reference, String(amount), currency, "sandbox", vault, null, null, handle]);
  const bodyHash = hash(instruction).digest("base64url");
  return { id: newId(), merchant, handle, customer, amount, currency, vault, method, reference, bodyHash };
}

const bank = new Pool(settings.bankUrl, { connections: 256 });

/** Sends the transfer. The bank pays a reference once, however often it hears it. Rejects unless it says that it has. */
export async function callBank({ reference, handle, amount, currency }) {
  const body = JSON.stringify({ reference, send: 1, amount_minor: amount, currency, card: settings.card, handle });
  const headers = { "content-type": "application/json" };
  const answer = await bank.request({ method: "POST", path: "/transfers", headers, body });
  const text = await answer.body.text();
  const told = answer.statusCode === 200 ? JSON.parse(text) : {};
  if (told.status !== "paid" || told.reference !== reference) throw new Error(`the bank: ${answer.statusCode} ${text}`);
  return { bankId: told.bank_id, raw: JSON.stringify({ http_status: answer.statusCode, ...told }) };
}
