// Pays through the client that retries rightly, and shows all that it can tell: paid, failed, still open, refused. Start a server
// (npm start) first.
//
//   node examples/pay.mjs [data/demo.json]
import { readFileSync } from "node:fs";
import { Disburse, DisburseRefusal } from "../client/dist/index.js";

const demo = JSON.parse(readFileSync(process.argv[2] ?? "data/demo.json", "utf8"));
const disburse = new Disburse({ url: demo.url, privateKey: demo.frisbii.private_key });
const run = Date.now(); // makes handles of this run its own

/** Pays, and says what became of it. */
async function pay(name, more, options) {
  const request = {
    handle: `${name}-${run}`,
    destination: demo.frisbii.card,
    amount: 20_000,
    currency: "DKK",
    ...more,
  };
  try {
    const { outcome, payout } = await disburse.pay(request, options);
    console.log(`${request.handle}: ${outcome}${outcome === "failed" ? ` (${payout.transactions.at(-1).error})` : ""}`);
    return outcome;
  } catch (error) {
    if (!(error instanceof DisburseRefusal)) throw error;
    console.log(`${request.handle}: refused (${error.code} ${error.error})`);
    return "refused";
  }
}

await pay("prize");
await pay("declined", { text: "sandbox:declined" });
await pay("silent", { text: "sandbox:silent-paid" }); // the bank pays and says nothing: the client waits until it is known
await pay("unknown", { destination: "ca_0" });

const slow = { text: "sandbox:async-paid=2000" };
const outcome = await pay("slow", slow, { limitMs: 500 }); // nobody knows yet …
if (outcome === "open") await pay("slow", slow); // … so the same again, later: it is only ever paid once
