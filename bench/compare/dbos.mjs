// A payout server on DBOS: the workflow is enqueued in the transaction that takes the payout on, and has two steps.
import { DBOS, DBOSClient } from "@dbos-inc/dbos-sdk";
import pg from "pg";
import { atStop, openDoor, tellPaid } from "./lib/door.mjs";
import { callBank, settings } from "./lib/payer.mjs";
import { acceptPayout, settlePayout } from "./lib/rows.mjs";

const connections = 4; // more of them only wait for one another, since all payouts change the same balance
const systemConnections = 6;
const workflows = 128;
const pollMs = 50;
const { databaseUrl } = settings;
const application = "payouts";
const pool = new pg.Pool({ connectionString: databaseUrl, max: connections });
pool.on("error", console.error);

const again = { retriesAllowed: true, maxAttempts: 10, intervalSeconds: 1 };
const pay = async (payout) => {
  const heard = await DBOS.runStep(() => callBank(payout), { name: "callBank", ...again });
  await DBOS.runStep(() => settlePayout(pool, payout, heard), { name: "settle", ...again });
  tellPaid(payout.id);
};
DBOS.registerWorkflow(pay, { name: "pay" });
DBOS.setConfig({
  name: application,
  systemDatabaseUrl: databaseUrl,
  systemDatabasePoolSize: systemConnections,
  logLevel: "error",
});
await DBOS.launch();
await DBOS.registerQueue(application, { workerConcurrency: workflows, minPollingIntervalMs: pollMs });
const client = await DBOSClient.create({
  systemDatabaseUrl: databaseUrl,
  systemDatabasePoolSize: 1,
  applicationName: application,
});

const app = await openDoor((payout) => {
  const workflow = { queueName: application, workflowName: "pay", workflowID: payout.reference };
  return acceptPayout(pool, payout, (own) => client.enqueueInTransaction(own, workflow, payout));
});
atStop(async () => {
  await app.close();
  await client.destroy();
  await DBOS.shutdown();
  await pool.end();
});
