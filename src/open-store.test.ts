import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import pg from "pg";
import { readConfig } from "./config.ts";
import { identify } from "./installation.ts";
import { openStore } from "./open-store.ts";
import { SetupProblem } from "./setup-problem.ts";
import { openPool } from "./store/db.ts";
import { emptyDatabase, type TestDatabase } from "./testing/database.ts";
import { databaseOfOwnUser } from "./testing/own-user.ts";
import { newMasterKey, parseKeyRing } from "./vault/keys.ts";

let database: TestDatabase;
const folder = mkdtempSync(join(tmpdir(), "disburse-store-"));
const masterKey = newMasterKey(randomBytes);
before(async () => {
  database = await emptyDatabase();
});
after(async () => {
  await database.drop();
  rmSync(folder, { recursive: true });
});

const config = (more: Record<string, string> = {}) =>
  readConfig({ DATABASE_URL: database.url, DISBURSE_MASTER_KEY: masterKey, DISBURSE_DATA_DIR: folder, ...more });
const quiet = () => {};

test("a database whose commits are not on disk when they are answered is refused, unless that is asked for", async () => {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  const name = new URL(database.url).pathname.slice(1);
  await client.query(`alter database ${name} set synchronous_commit = off`);
  await assert.rejects(
    openStore(config(), quiet),
    (error) => error instanceof SetupProblem && /synchronous_commit=off/.test(error.message),
  );
  const store = await openStore(config({ DISBURSE_UNSAFE_DURABILITY: "yes" }), quiet);
  assert.deepEqual(store.unsafe, ["synchronous_commit=off"], "and it is shown");
  await store.close();
  await client.query(`alter database ${name} reset synchronous_commit`);
  await client.end();
});

test("a database that cannot be reached is told in plain words, without its password", async () => {
  const nowhere = config({ DATABASE_URL: "postgres://someone:secret-word@127.0.0.1:9/none" });
  await assert.rejects(openStore(nowhere, quiet), (error) => {
    assert.ok(error instanceof SetupProblem);
    assert.match(error.message, /127\.0\.0\.1:9 cannot be used/);
    assert.ok(!error.message.includes("secret-word"));
    return true;
  });
});

test("a database without a free connection is told in plain words, with what to do", async (t) => {
  const { url, takeConnections, drop } = await databaseOfOwnUser();
  t.after(drop);
  await takeConnections();
  await assert.rejects(openStore(config({ DATABASE_URL: url }), quiet), (error) => {
    assert.ok(error instanceof SetupProblem);
    assert.match(error.message, /cannot be used: too many connections for role .* raise max_connections/);
    return true;
  });
});

test("a standby is refused: it cannot be written", async (t) => {
  const { url, drop } = await emptyDatabase();
  t.after(drop);
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(`alter database ${new URL(url).pathname.slice(1)} set search_path = public, pg_catalog`);
  await client.query("create function public.pg_is_in_recovery() returns boolean language sql return true");
  await client.end();
  await assert.rejects(openStore(config({ DATABASE_URL: url }), quiet), (error) => {
    return error instanceof SetupProblem && /standby.*name the primary in DATABASE_URL/.test(error.message);
  });
});

test("another master key than the database was begun with is refused before it can seal or lose anything", async () => {
  const store = await openStore(config(), quiet);
  const pool = openPool(store.url, 2);
  const first = await identify(pool, store.ring, config());
  assert.deepEqual((await identify(pool, store.ring, config())).referenceKey, first.referenceKey);
  const other = parseKeyRing(newMasterKey(randomBytes));
  await assert.rejects(
    identify(pool, other, config()),
    (error) => error instanceof SetupProblem && /fingerprints/.test(error.message),
  );
  const rotated = parseKeyRing(`${newMasterKey(randomBytes)},${masterKey}`);
  assert.deepEqual(
    (await identify(pool, rotated, config())).referenceKey,
    first.referenceKey,
    "a new key in front is fine",
  );
  await pool.end();
  await store.close();
});

test("the admin token of the environment counts from then on", async () => {
  const store = await openStore(config(), quiet);
  const pool = openPool(store.url, 2);
  const own = await identify(pool, store.ring, config());
  assert.ok(own.adminToken, "the one in the data folder");
  const token = "a-token-of-the-operators-own";
  const given = await identify(pool, store.ring, config({ DISBURSE_ADMIN_TOKEN: token }));
  assert.equal(given.adminToken, token);
  assert.notDeepEqual(given.adminTokenHash, own.adminTokenHash);
  assert.equal(
    (await identify(pool, store.ring, config())).adminToken,
    undefined,
    "the folder's token is not the one any more",
  );
  await pool.end();
  await store.close();
});
