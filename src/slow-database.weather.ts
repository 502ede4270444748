import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { openPool, readAs } from "./store/db.ts";
import { isUnreachable } from "./store/unreachable.ts";
import { compareBooks } from "./testing/compare-books.ts";
import { Crowd } from "./testing/crowd.ts";
import { emptyDatabase, type TestDatabase } from "./testing/database.ts";
import { assertOwnWords, Payer } from "./testing/payers.ts";
import { slowLine, type SlowLine } from "./testing/slow-line.ts";
import { Started } from "./testing/started.ts";

let database: TestDatabase;
let line: SlowLine;
let server: Started;
let payers: Payer[];
before(async () => {
  database = await emptyDatabase();
  line = await slowLine(database.url);
  server = await Started.on(line.url);
  payers = [await Payer.of(server, "first"), await Payer.of(server, "second")];
});
after(async () => {
  line.flow();
  await server.remove();
  await line.close();
  await database.drop();
});

const healthOf = async (): Promise<number> => (await fetch(`${server.demo.url}/health`)).status;

test("a round trip of 300 ms: slower, and otherwise as ever", async (t) => {
  line.delayMs = 150;
  const crowd = new Crowd(payers, "far", 200);
  await delay(4_000);
  await crowd.stop();
  line.delayMs = 0;
  assert.deepEqual(crowd.faults, []);
  t.diagnostic(crowd.summary);
});

test("a round trip of 5 s: everybody is told in time to try again, nothing is sent too late, and it passes", async (t) => {
  const crowd = new Crowd(payers, "crawling", 50);
  await delay(500);
  line.delayMs = 2_500;
  await delay(15_000);
  line.delayMs = 0;
  await crowd.stop();
  t.diagnostic(crowd.summary);
  assert.ok(crowd.faults.length > 0 && crowd.slowestMs < 25_000);
});

test("silence for 20 s: everybody is told in time to try again, and then all goes on by itself", async (t) => {
  const crowd = new Crowd(payers, "silent", 10);
  await delay(500);
  line.stall();
  assert.equal(await healthOf(), 503);
  await delay(20_000);
  line.flow();
  await delay(1_000);
  await crowd.stop();
  assert.ok(crowd.faults.length > 0 && crowd.slowestMs < 17_000, crowd.summary);
  assert.equal(await healthOf(), 200);
  t.diagnostic(crowd.summary);
});

test("a table that somebody keeps locked takes all connections: everybody is told in time, and then all goes on", async (t) => {
  const db = new pg.Client({ connectionString: database.url });
  await db.connect();
  const crowd = new Crowd(payers, "locked", 20);
  await delay(500);
  await db.query("begin; lock table payouts in access exclusive mode");
  const startedAt = performance.now();
  const reads = await Promise.all(Array.from({ length: 40 }, () => payers[0]!.frisbii("GET", "/v1/payout/far-0")));
  for (const read of reads) assertOwnWords("frisbii", read);
  assert.ok(performance.now() - startedAt < 12_000);
  await delay(12_000);
  await db.query("rollback");
  await db.end();
  await delay(500);
  await crowd.stop();
  assert.ok(crowd.faults.length > 0 && crowd.slowestMs < 17_000, crowd.summary);
  t.diagnostic(crowd.summary);
});

test("a read of a silent database is given up once, and not a second time for its rollback", async () => {
  const own = await slowLine(database.url);
  const pool = openPool(own.url, 1, 0.2);
  await readAs(pool, [], (client) => client.query("select 1"));
  own.stall();
  const startedAt = performance.now();
  const error = await readAs(pool, [], (client) => client.query("select 1")).catch((error: unknown) => error);
  assert.ok(isUnreachable(error), String(error));
  assert.ok(performance.now() - startedAt < 4_000);
  own.flow();
  await readAs(pool, [], (client) => client.query("select 1"));
  await pool.end();
  await own.close();
});

test("after all that the books are in order, and are the bank's", async (t) => {
  const { paid } = await compareBooks(database.url, server.folder);
  t.diagnostic(`${paid} payouts`);
});
