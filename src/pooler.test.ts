import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { isUnreachable } from "./store/unreachable.ts";
import { openPool, readAs } from "./store/db.ts";
import { noBouncer, openBouncer, type Bouncer } from "./testing/bouncer.ts";
import { Crowd } from "./testing/crowd.ts";
import { compareBooks } from "./testing/compare-books.ts";
import { emptyDatabase, type TestDatabase } from "./testing/database.ts";
import { Payer } from "./testing/payers.ts";
import { Started } from "./testing/started.ts";

const options = { skip: noBouncer };
const sessions = 4;
let database: TestDatabase;
let bouncer: Bouncer;
let server: Started;
let payers: Payer[];
before(async () => {
  if (noBouncer !== false) return;
  database = await emptyDatabase(); // the migrations go through the pooler too
  bouncer = await openBouncer(database.url, sessions);
  server = await Started.on(bouncer.url);
  payers = [await Payer.of(server, "first"), await Payer.of(server, "second")];
});
after(async () => {
  await server?.remove();
  await bouncer?.close();
  await database?.drop();
});

test("payouts of two merchants through both APIs share a few sessions of PostgreSQL", options, async () => {
  const crowd = new Crowd(payers, "shared", 4);
  await delay(400);
  const paid = await crowd.stop();
  assert.deepEqual(crowd.faults, []);
  assert.deepEqual(await compareBooks(database.url, server.folder), { paid });
});

test("whoever is given a session that served a merchant before finds nothing of him in it", options, async () => {
  const url = new URL(bouncer.url);
  url.searchParams.set("application_name", "somebody else");
  const others = Array.from({ length: 2 * sessions }, () => new pg.Client({ connectionString: url.href }));
  await Promise.all(others.map((other) => other.connect()));
  const crowd = new Crowd(payers, "beside", 5);
  const seen = new Map<number, number>();
  for (let round = 0; round < 20; round += 1) {
    for (const other of others) {
      const { rows } = await other.query(
        `select pg_backend_pid() as pid, current_user = session_user as own, nullif(current_setting('disburse.merchants', true), '') as merchants,
                (select count(*)::int from pg_settings where name like '%_timeout' and setting <> reset_val) as timeouts,
                (select count(*)::int from pg_prepared_statements) as prepared,
                (select count(*)::int from pg_locks where pid = pg_backend_pid() and locktype = 'advisory') as locks`,
      );
      const { pid, ...state } = rows[0];
      assert.deepEqual(state, { own: true, merchants: null, timeouts: 0, prepared: 0, locks: 0 });
      seen.set(pid, (seen.get(pid) ?? 0) + 1);
    }
  }
  assert.ok(seen.size <= sessions && seen.size > 1, `${seen.size} sessions were looked into`);
  await crowd.stop();
  await Promise.all(others.map((other) => other.end()));
});

test("a transaction that is cut off in its middle leaves neither role nor merchant behind", options, async () => {
  const pool = openPool(bouncer.url, 1);
  const cut = readAs(pool, payers[0]!.id, async (client) => {
    (client as any).connection.stream.destroy();
    await client.query("select 1");
  });
  await assert.rejects(cut, isUnreachable);
  for (let round = 0; round < 2 * sessions; round += 1) {
    const { rows } = await pool.query(
      "select current_user = session_user as own, count(distinct merchant_id)::int n from payouts group by 1",
    );
    assert.deepEqual(rows, [{ own: true, n: 2 }]);
  }
  await pool.end();
});
