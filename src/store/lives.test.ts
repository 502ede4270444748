import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import type pg from "pg";
import type { Cluster } from "../embedded/cluster.ts";
import { kill, opened, scratch } from "../embedded/scratch.ts";
import { openClient } from "./db.ts";
import { beginLife, lifeSql, numberOf, numberSql, transactionId, transactionStatus } from "./transaction.ts";
import { migrate } from "./migrate.ts";

/** Begins a transaction that does something, and tells its id. */
async function begun(client: pg.Client): Promise<string> {
  await client.query("begin");
  await client.query("insert into rail_cursors values ($1, '', now())", [String(Math.random())]);
  const { rows } = await client.query<{ id: string }>(`select ${await numberSql(client)} as id`);
  return transactionId(rows[0]!.id, (await client.query<{ life: string }>(lifeSql)).rows[0]!.life);
}

async function connected(url: string): Promise<pg.Client> {
  const client = await openClient(url);
  await beginLife(client);
  return client;
}

/** Crashes until PostgreSQL gives a lost transaction's number to one that commits: not where a piece of the lost one had reached the disk. */
async function numberGivenTwice(t: TestContext, folder: string, cluster: Cluster, client: pg.Client) {
  for (let tries = 1; ; tries += 1) {
    const lost = await begun(client);
    await kill(cluster.location); // its COMMIT would have been lost with it
    await cluster.stop();
    await client.end().catch(() => {});
    cluster = await opened(t, folder);
    const after = await connected(cluster.url);
    const next = await begun(after);
    await after.query("commit");
    const { rows } = await after.query("select pg_xact_status($1::xid8) as fate", [numberOf(lost)]);
    if (rows[0].fate === "committed") return { lost, next, after };
    assert.ok(tries < 10, "PostgreSQL speaks of another transaction");
    client = after;
  }
}

test("what a transaction came to is known, but not by a number that a crash has given to another one", async (t) => {
  const folder = scratch(t);
  const first = await opened(t, folder);
  await migrate(first.url);
  const [one, other] = [await connected(first.url), await connected(first.url)];
  const committed = await begun(one);
  assert.equal(await transactionStatus(other, committed), "in progress");
  await one.query("commit");
  const aborted = await begun(one);
  await one.query("rollback");
  assert.deepEqual(
    [await transactionStatus(other, committed), await transactionStatus(other, aborted)],
    ["committed", "aborted"],
  );

  const { lost, next, after } = await numberGivenTwice(t, folder, first, one);
  assert.deepEqual(
    [await transactionStatus(after, next), await transactionStatus(after, lost)],
    ["committed", "unknown"],
  );
  assert.equal(await transactionStatus(after, "7@1/2/"), "unknown");
  assert.equal(await transactionStatus(after, next.replace(/^\d+/, "999999999")), "unknown");
  for (const client of [other, after]) await client.end().catch(() => {});
});
