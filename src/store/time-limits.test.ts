import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import type pg from "pg";
import { emptyDatabase } from "../testing/database.ts";
import { accept, World } from "../testing/world.ts";
import { runBatch } from "./batch.ts";
import { openClient, openPool, readAll, readAs, writeAs } from "./db.ts";
import { migrate } from "./migrate.ts";
import { batchLimits, migrationLimits, shortLimits, type TimeLimits } from "./time-limits.ts";
import { numberSql } from "./transaction.ts";

let world: World;
before(async () => {
  world = await World.open();
});
after(() => world.close());

const settings = `select max(setting::int) filter (where name = 'statement_timeout') as "statementMs",
                         max(setting::int) filter (where name = 'lock_timeout') as "lockMs",
                         max(setting::int) filter (where name = 'idle_in_transaction_session_timeout') as "idleMs"
                    from pg_settings`;
const read = async (client: pg.ClientBase): Promise<TimeLimits> => (await client.query(settings)).rows[0];

test("reads and writes of the pool have their limits, and leave none behind", async () => {
  const pool = openPool(world.url, 1);
  const before = (await pool.query(settings)).rows;
  assert.deepEqual(await readAs(pool, [], read), shortLimits);
  assert.deepEqual(await readAll(pool, read), shortLimits);
  assert.deepEqual(await writeAs(pool, [], read), shortLimits);
  assert.deepEqual((await pool.query(settings)).rows, before);
  await pool.end();
  const patient = openPool(world.url, 1, 3_600);
  assert.deepEqual(await readAll(patient, read), { ...shortLimits, statementMs: 3_600_000 });
  await patient.end();
});

test("a batch has its limits up to its COMMIT", async () => {
  const merchant = await world.merchant();
  const client = await openClient(world.url);
  let limits: TimeLimits | undefined;
  const query = client.query.bind(client) as (...words: unknown[]) => Promise<unknown>;
  client.query = (async (...words: unknown[]) => {
    if (words[0] === "commit") limits = ((await query(settings)) as pg.QueryResult<TimeLimits>).rows[0];
    return query(...words);
  }) as typeof client.query;
  await runBatch(client, [accept(merchant, "limited")], await numberSql(client));
  assert.deepEqual(limits, batchLimits);
  await client.end();
});

test("every migration has its limits", async (t) => {
  const { url, drop } = await emptyDatabase();
  t.after(drop);
  const client = await openClient(url);
  await client.query(`create table seen (limits jsonb); grant insert on seen to public;
    create function see() returns event_trigger language plpgsql as $$
      begin insert into public.seen select to_jsonb(s) from (${settings}) s; end $$;
    create event trigger see on ddl_command_start execute function see()`);
  await migrate(url);
  const { rows } = await client.query("select limits, count(*)::int > 10 as often from seen group by 1");
  assert.deepEqual(rows, [{ limits: migrationLimits, often: true }]);
  await client.end();
});

test("a migration that waits too long for a table says what to do, and has changed nothing", async (t) => {
  const { url, drop } = await emptyDatabase();
  t.after(drop);
  const other = await openClient(url);
  await other.query("begin; create table merchants (id bigint)");
  await assert.rejects(
    migrate(url, () => {}, { ...migrationLimits, lockMs: 100 }),
    /keeps a table locked/,
  );
  await other.query("rollback");
  assert.ok((await migrate(url)).length > 1, "there was everything still to do");
  await other.end();
});

test("connections are opened in one place, where those limits are, and by the embedded database for itself", () => {
  const src = new URL("../../src/", import.meta.url);
  const opening = readdirSync(src, { recursive: true })
    .map(String)
    .filter(
      (name) => name.endsWith(".ts") && !/\.(test|weather)\.ts$|^(testing|torture|simulator)\/|scratch\.ts$/.test(name),
    )
    .filter((name) => /new pg\.|extends pg\./.test(readFileSync(new URL(name, src), "utf8")));
  assert.deepEqual(opening.sort(), ["embedded/cluster.ts", "store/db.ts"]);
});
