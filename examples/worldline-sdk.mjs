// Pays a bank account through the Worldline Connect API, with Worldline's own client for Node: nothing but host, port, scheme and key
// differ from using it against the vendor's platform. Start a server (npm start) first.
//
//   node examples/worldline-sdk.mjs [data/demo.json]
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const sdk = createRequire(import.meta.url)("connect-sdk-nodejs");
const demo = JSON.parse(readFileSync(process.argv[2] ?? "data/demo.json", "utf8"));
const { hostname, port } = new URL(demo.url);
const { merchant_id: merchant, key_id: apiKeyId, secret: secretApiKey } = demo.worldline;

const connect = sdk.init({
  host: hostname,
  scheme: "http",
  port: Number(port),
  integrator: "Disburse example",
  apiKeyId,
  secretApiKey,
}).v1;

/** The body of a success; anything else ends the story. */
async function expect(call, answer) {
  const { status, body, isSuccess } = await answer;
  if (!isSuccess) throw new Error(`${call}: ${status} ${JSON.stringify(body)}`);
  console.log(`${call}: ${status}${body?.status ? ` ${body.status} (${body.statusOutput.statusCode})` : ""}`);
  return body;
}

await expect("testconnection", connect.services.testconnection(merchant, {}));

const order = {
  bankTransferPayoutMethodSpecificInput: {
    bankAccountIban: { accountHolderName: "Wile E. Coyote", iban: "IT60X0542811101000000123456" },
    payoutText: "Payout Acme",
  },
  payoutDetails: {
    amountOfMoney: { amount: 2345, currencyCode: "EUR" },
    references: { merchantReference: `AcmeOrder-${Date.now()}` },
  },
};
const created = await expect("create", connect.payouts.create(merchant, order, {}));
const same = await expect("get", connect.payouts.get(merchant, created.id, {}));
if (same.id !== created.id) throw new Error("get found another payout");
const { merchantReference } = order.payoutDetails.references;
const found = await expect("find", connect.payouts.find(merchant, { merchantReference, limit: 10, offset: 0 }));
if (found.totalCount !== 1) throw new Error(`find found ${found.totalCount}`);

const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10).replaceAll("-", "");
await expect("approve for tomorrow", connect.payouts.approve(merchant, created.id, { datePayout: tomorrow }, {}));
await expect("cancelapproval", connect.payouts.cancelapproval(merchant, created.id, {}));
await expect("approve", connect.payouts.approve(merchant, created.id, {}, {}));

process.stdout.write("waiting for the bank ");
let payout;
for (let tries = 0; tries < 60; tries += 1) {
  payout = (await connect.payouts.get(merchant, created.id, {})).body;
  if (payout.status !== "PAYOUT_REQUESTED") break;
  process.stdout.write(".");
  await new Promise((resolve) => setTimeout(resolve, 250));
}
console.log(` ${payout.status} (${payout.statusOutput.statusCode})`);
if (payout.status !== "ACCOUNT_CREDITED") process.exit(1);

const other = await expect("create another", connect.payouts.create(merchant, order, {}));
await expect("cancel it", connect.payouts.cancel(merchant, other.id, {}));
await expect("get it", connect.payouts.get(merchant, other.id, {}));
