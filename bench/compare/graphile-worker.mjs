// A payout server on graphile-worker: the job is added in the transaction that takes the payout on.
import { Logger, run } from "graphile-worker";
import pg from "pg";
import { atStop, openDoor, tellPaid } from "./lib/door.mjs";
import { callBank, settings } from "./lib/payer.mjs";
import { acceptPayout, settlePayout } from "./lib/rows.mjs";

const connections = 4; // more of them only wait for one another, since all payouts change the same balance
const jobs = 64;
const batchMs = 50;
const pool = new pg.Pool({ connectionString: settings.databaseUrl, max: connections });
pool.on("error", console.error);

const runner = await run({
  preset: {
    worker: {
      connectionString: settings.databaseUrl,
      maxPoolSize: 10,
      concurrentJobs: jobs,
      pollInterval: 1_000,
      localQueue: { size: jobs + 1, refetchDelay: { durationMs: batchMs, threshold: jobs / 2 } },
      completeJobBatchDelay: batchMs,
      failJobBatchDelay: batchMs,
      logger: new Logger(() => (level, message) => level === "error" && console.error(message)),
    },
  },
  noHandleSignals: true,
  taskList: {
    async pay(payout) {
      const heard = await callBank(payout);
      await settlePayout(pool, payout, heard);
      tellPaid(payout.id);
    },
  },
});

const addJob = { name: "enqueue", text: "select from graphile_worker.add_job('pay', $1::json, max_attempts => 25)" };

const app = await openDoor((payout) =>
  acceptPayout(pool, payout, (client) => client.query({ ...addJob, values: [JSON.stringify(payout)] })),
);
atStop(async () => {
  await app.close();
  await runner.stop();
  await pool.end();
});
