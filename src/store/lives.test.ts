import assert from "node:assert/strict";
import { test } from "node:test";
import type pg from "pg";
import { kill, opened, scratch } from "../embedded/scratch.ts";
import { openClient } from "./db.ts";
import { beginLife, lifeSql, numberSql, transactionId, transactionStatus } from "./transaction.ts";
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

const numberOf = (id: string): string => id.slice(0, id.indexOf("@"));

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

  const lost = await begun(one);
  await kill(first.location); // its COMMIT would have been lost with it
  await first.stop();
  const second = await opened(t, folder);
  const after = await connected(second.url);
  const next = await begun(after);
  await after.query("commit");
  const { rows } = await after.query("select pg_xact_status($1::xid8) as fate", [numberOf(lost)]);
  assert.equal(rows[0].fate, "committed", "PostgreSQL speaks of another transaction");

  assert.deepEqual(
    [await transactionStatus(after, next), await transactionStatus(after, lost)],
    ["committed", "unknown"],
  );
  assert.equal(await transactionStatus(after, "7@1/2/"), "unknown");
  assert.equal(await transactionStatus(after, next.replace(/^\d+/, "999999999")), "unknown");
  for (const client of [one, other, after]) await client.end().catch(() => {});
});
