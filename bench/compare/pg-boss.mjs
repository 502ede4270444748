// A payout server on pg-boss: the job is inserted in the transaction that takes the payout on, workers fetch in batches.
import { PgBoss } from "pg-boss";
import pg from "pg";
import { atStop, openDoor, tellPaid } from "./lib/door.mjs";
import { callBank, settings } from "./lib/payer.mjs";
import { acceptPayout, settlePayout } from "./lib/rows.mjs";

const connections = 4; // more of them only wait for one another, since all payouts change the same balance
const workers = 4;
const batchSize = 32;
const queue = "payouts";
const pool = new pg.Pool({ connectionString: settings.databaseUrl, max: connections });
const boss = new PgBoss({ connectionString: settings.databaseUrl, max: workers + 2 });
pool.on("error", console.error);
boss.on("error", console.error);
await boss.start();
await boss.createQueue(queue, { retryLimit: 10, retryDelay: 1, retryBackoff: true, expireInSeconds: 60 });

async function pay({ data: payout }) {
  const heard = await callBank(payout);
  await settlePayout(pool, payout, heard);
  tellPaid(payout.id);
}

/** What one could not do is done again with its batch, which does no harm: both the bank and the answer know what they have. */
async function payAll(jobs) {
  const failed = (await Promise.allSettled(jobs.map(pay))).filter(({ status }) => status === "rejected");
  if (failed.length > 0) throw failed[0].reason;
}

const polling = { batchSize, pollingIntervalSeconds: 0.5, burstWhenBatchFull: true };
const ids = [];
for (let n = 0; n < workers; n += 1) ids.push(await boss.work(queue, polling, payAll));

/** pg-boss's statement is prepared, as ours are. */
const over = (client) => ({ executeSql: (text, values) => client.query({ name: "enqueue", text, values }) });
let turn = 0;

const app = await openDoor(async (payout) => {
  const done = await acceptPayout(pool, payout, (client) => boss.send(queue, payout, { db: over(client) }));
  boss.notifyWorker(ids[(turn += 1) % ids.length]); // it need not wait for its next look
  return done;
});
atStop(async () => {
  await app.close();
  await boss.stop();
  await pool.end();
});
