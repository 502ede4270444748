import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import pg from "pg";
import { readConfig } from "./config.ts";
import { identify } from "./installation.ts";
import { openVault } from "./master-keys.ts";
import { openStore } from "./open-store.ts";
import { SetupProblem } from "./setup-problem.ts";
import { openPool } from "./store/db.ts";
import { migrate } from "./store/migrate.ts";
import { emptyDatabase, type TestDatabase } from "./testing/database.ts";
import { databaseOfOwnUser } from "./testing/own-user.ts";
import { sealOld } from "./testing/old-seal.ts";
import { fingerprintKeyId } from "./vault/fingerprint.ts";
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

/** Starts on the test's database with these settings, as far as its identity, and tells what it found. */
async function identified(more: Record<string, string> = {}, url = database.url) {
  const settings = config({ DATABASE_URL: url, ...more });
  const store = await openStore(settings, quiet);
  const pool = openPool(store.url, 2);
  try {
    return await identify(pool, openVault(pool, store.masterKeys), store.masterKeys, settings);
  } finally {
    await pool.end();
    await store.close();
  }
}
const isProblem = (words: RegExp) => (error: unknown) => {
  assert.ok(error instanceof SetupProblem, String(error));
  assert.match(error.message, words);
  return true;
};

test("a database that needs another master key is refused by its name, before anything is sealed or lost", async () => {
  const first = await identified();
  assert.deepEqual((await identified()).referenceKey, first.referenceKey);
  const [id] = masterKey.split(":") as [string];
  const other = newMasterKey(randomBytes);
  await assert.rejects(
    identified({ DISBURSE_MASTER_KEY: other }),
    isProblem(new RegExp(`master key ${id} is missing`)),
  );
  const impostor = `${id}:${other.split(":")[1]}`;
  await assert.rejects(
    identified({ DISBURSE_MASTER_KEY: impostor }),
    isProblem(new RegExp(`named ${id} is not the one that this database knows`)),
  );
  const rotated = await identified({ DISBURSE_MASTER_KEY: other, DISBURSE_MASTER_KEYS_OLD: masterKey });
  assert.deepEqual(rotated.referenceKey, first.referenceKey, "a new key before it is fine");
  assert.equal(fingerprintKeyId(rotated.fingerprintKey), fingerprintKeyId(first.fingerprintKey));
});

test("master keys come from a file that nobody else can read", async (t) => {
  const { url, drop } = await emptyDatabase();
  t.after(drop);
  const file = join(folder, "keys");
  const settings = { DISBURSE_MASTER_KEY: "", DISBURSE_MASTER_KEY_FILE: file };
  await assert.rejects(identified(settings, url), isProblem(/DISBURSE_MASTER_KEY_FILE cannot be read/));
  writeFileSync(file, `${newMasterKey(randomBytes)}\n${masterKey}\n`, { mode: 0o640 });
  await assert.rejects(identified(settings, url), isProblem(/can be read by others: chmod 600/));
  chmodSync(file, 0o600);
  const { referenceKey } = await identified(settings, url);
  assert.deepEqual((await identified(settings, url)).referenceKey, referenceKey);
});

test("a database of an earlier release keeps its fingerprints, whichever master keys come after", async (t) => {
  const { url, drop } = await emptyDatabase();
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  t.after(() => client.end().then(drop));
  await migrate(url);
  const [key] = parseKeyRing(masterKey).fingerprinting;
  const referenceKey = sealOld(masterKey, ["0", "0", "reference key"], "ab".repeat(32));
  await client.query(
    `insert into installation (id, reference_key, admin_token_hash, fingerprint_key_id, created_at)
     values ('old', $1, $2, $3, now())`,
    [referenceKey, Buffer.alloc(32), fingerprintKeyId(key!)],
  );
  const other = newMasterKey(randomBytes);
  await assert.rejects(identified({ DISBURSE_MASTER_KEY: other }, url), isProblem(/master key k\w+ is missing/));
  const impostor = `${masterKey.split(":")[0]}:${other.split(":")[1]}`;
  await assert.rejects(identified({ DISBURSE_MASTER_KEY: impostor }, url), isProblem(/not the ones.*sealed with/));
  const both = { DISBURSE_MASTER_KEY: `${masterKey},${other}` };
  const begun = await identified(both, url);
  assert.equal(begun.referenceKey.export().toString("hex"), "ab".repeat(32));
  assert.ok(begun.fingerprintKey.equals(key!), "also when it is no longer the last of the list");
  const { rows } = await client.query("select fingerprint_key from installation");
  assert.match(rows[0].fingerprint_key, /^v2\./);
  await client.query("update installation set reference_key = fingerprint_key");
  await assert.rejects(identified(both, url), isProblem(/altered, or for another row or purpose/));
  const wrong = { DISBURSE_FINGERPRINT_KEY: randomBytes(32).toString("hex") };
  await client.query("update installation set reference_key = $1", [referenceKey]);
  await assert.rejects(identified({ ...both, ...wrong }, url), isProblem(/fingerprints/));
});

test("the admin token of the environment counts from then on", async () => {
  const own = await identified();
  assert.ok(own.adminToken, "the one in the data folder");
  const token = "a-token-of-the-operators-own";
  const given = await identified({ DISBURSE_ADMIN_TOKEN: token });
  assert.equal(given.adminToken, token);
  assert.notDeepEqual(given.adminTokenHash, own.adminTokenHash);
  assert.equal((await identified()).adminToken, undefined, "the folder's token is not the one any more");
});
