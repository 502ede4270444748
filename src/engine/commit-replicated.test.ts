import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { appendFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { isRefusal } from "../core/refusal.ts";
import { opened, openScratch, scratch } from "../embedded/scratch.ts";
import { CommitLost } from "../store/batch.ts";
import { migrate } from "../store/migrate.ts";
import { openSession } from "../store/session.ts";
import { badLine } from "../testing/proxy.ts";
import { accept, committerOn, World } from "../testing/world.ts";
import { CommitFault } from "./fault.ts";

async function databaseIn(t: TestContext, folder: string): Promise<World> {
  const { url } = await opened(t, folder);
  await migrate(url);
  const world = await World.on(url);
  t.after(() => world.close());
  return world;
}
/** A copy of a stopped PostgreSQL that takes over: a timeline of its own, which goes on counting transactions from where it is. */
async function standbyOf(t: TestContext, folder: string): Promise<World> {
  const copy = `${folder}-standby`;
  execFileSync("cp", ["-a", folder, copy]);
  appendFileSync(join(copy, "postgres", "postgresql.auto.conf"), "\nrestore_command = 'false'\n");
  writeFileSync(join(copy, "postgres", "recovery.signal"), "");
  return databaseIn(t, copy);
}
const faultOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );

test("a commit whose wait for the standby is cancelled is not told as durable, and repeating it is safe", async (t) => {
  const world = await databaseIn(t, scratch(t));
  const merchant = await world.merchant();
  await world.db.query("alter system set synchronous_standby_names = 'absent'");
  await world.db.query("select pg_reload_conf()");
  const waitsForStandby = "select pid from pg_stat_activity where wait_event = 'SyncRep'";
  const cancelWhenWaiting = async (how: string) => {
    for (;;) {
      const { rows } = await world.db.query<{ pid: number }>(waitsForStandby);
      if (rows[0] !== undefined) return world.db.query(`select ${how}($1)`, [rows[0].pid]);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };
  for (const how of ["pg_cancel_backend", "pg_terminate_backend"]) {
    const fault = faultOf(world.committer.commit(accept(merchant, how)));
    await cancelWhenWaiting(how);
    const told = await fault;
    assert.ok(told instanceof CommitFault && told.kind === "unknown", `${how}: ${String(told)}`);
  }

  await world.db.query("alter system reset synchronous_standby_names");
  await world.db.query("select pg_reload_conf()");
  for (const how of ["pg_cancel_backend", "pg_terminate_backend"]) {
    const again = await world.committer.commit(accept(merchant, how));
    assert.deepEqual(isRefusal(again) && again.refused, "payout_processing", "it was in, and is there once");
  }
});

test("a lost COMMIT is not believed from another timeline, where its number stands for another transaction", async (t) => {
  const folder = join(openScratch(t, "data/postgres", "data-standby/postgres"), "data");
  const first = await opened(t, folder);
  await migrate(first.url);
  const before = await World.on(first.url);
  const merchant = await before.merchant();
  await before.close();
  await first.stop();

  const standby = await standbyOf(t, folder);
  const primary = await databaseIn(t, folder);
  for (let index = 0; index < 100; index += 1) await standby.db.query("select pg_current_xact_id()");
  let current = "";
  const line = await badLine(primary.url, (sent) => {
    if (!sent.includes("commit\0")) return "pass";
    current = standby.url; // the primary dies with the answer on its lips, and the standby never had the transaction
    return "cut_answer";
  });
  current = line.url;
  let number = "";
  const committer = committerOn("", {
    openSession: () => openSession(current),
    log: ({ err }) => void (err instanceof CommitLost && (number = err.xid)),
  });
  const told = await faultOf(committer.commit(accept(merchant, "failed-over")));
  const { rows } = await standby.db.query("select pg_xact_status($1::xid8) as status", [number.split("@")[0]]);
  assert.deepEqual(rows, [{ status: "committed" }], "by its bare number the transaction would seem to be in");
  assert.ok(told instanceof CommitFault && told.kind === "unknown", String(told));

  const again = await committer.commit(accept(merchant, "failed-over"));
  assert.ok(!isRefusal(again), "asked for again, it is taken on by the new primary");
  await committer.close();
  await line.close();
});
