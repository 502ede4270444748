import assert from "node:assert/strict";
import { createSecretKey, randomBytes } from "node:crypto";
import { afterEach, beforeEach, test } from "node:test";
import type pg from "pg";
import { startIds } from "../ids.ts";
import { freshDatabase } from "../testing/database.ts";
import { sealOld } from "../testing/old-seal.ts";
import { openTestVault } from "../testing/vault.ts";
import { openDestination, sealAccount, sealCard } from "../vault/cards.ts";
import { ringKeeper } from "../vault/keeper.ts";
import { newMasterKey, parseKeyRing } from "../vault/keys.ts";
import type { Vault } from "../vault/vault.ts";
import { openClient, openPool } from "./db.ts";
import { readVaultItems } from "./due.ts";
import { ApiKeys } from "./keys.ts";
import { rotate } from "./rotate.ts";
import { verifyVault } from "./verify-vault.ts";

const ids = startIds();
const fingerprintKey = createSecretKey(randomBytes(32));
const [k1, k2] = [newMasterKey(randomBytes), newMasterKey(randomBytes)];
const [id1, id2] = [k1, k2].map((key) => key.split(":")[0]!) as [string, string];

let pool: pg.Pool;
let db: pg.Client;
let drop: () => Promise<void>;
beforeEach(async () => {
  const database = await freshDatabase();
  pool = openPool(database.url, 4);
  db = await openClient(database.url);
  drop = database.drop;
});
afterEach(async () => {
  await pool.end();
  await db.end();
  await drop();
});

/** A vault as a server has it that was started with these master keys, newest first. `late`: on a clock that stands at that time. */
function vaultWith(keys: readonly string[], clock?: { ms: number }) {
  const ring = parseKeyRing(...keys);
  const keeper = ringKeeper(ring, randomBytes);
  const over = clock === undefined ? {} : { monotonic: () => clock.ms };
  return { keeper, vault: openTestVault(pool, { ring, keeper, ...over }) };
}
type Opened = ReturnType<typeof vaultWith>;
const quiet = { progress: () => {}, note: () => {}, settleMs: 0, sleep: () => assert.fail("nothing to wait for") };
const turn = (under: Opened, dataKeys: boolean, over = {}) =>
  rotate({ pool, random: randomBytes, ...under, ...quiet, ...over }, { dataKeys });
const verify = (under: Opened) => verifyVault({ pool, ...under, fingerprintKey, progress: () => {} });

const number = "4111111111111111";
const cardOf = (merchantId: string) => ({ merchantId, vaultId: ids.row(), number, expMonth: 12, expYear: 2039 });

/** Keeps a card or account as a server does, as far as the vault is concerned. */
async function keep(item: Awaited<ReturnType<typeof sealCard>>, dataKey: string | null): Promise<string> {
  await db.query(
    `insert into vault (merchant_id, id, kind, sealed, fingerprint, masked, brand, exp_month, exp_year, amount_table, created_at, data_key)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, false, now(), $10)`,
    // prettier-ignore
    [item.merchantId, item.vaultId, item.kind, item.sealed, item.fingerprint, item.masked, item.brand, item.expMonth, item.expYear, dataKey],
  );
  return item.vaultId;
}
const keyOf = (sealed: string): string => sealed.split(".")[1]!;
async function keepCard(vault: Vault, merchantId: string): Promise<string> {
  const item = await sealCard({ vault, fingerprintKey }, { ...cardOf(merchantId), amountTable: false });
  return keep(item, keyOf(item.sealed));
}
async function keepOldCard(masterKey: string, merchantId: string): Promise<string> {
  const card = { ...cardOf(merchantId), amountTable: false };
  const item = await sealCard({ vault: openTestVault(null), fingerprintKey }, card);
  const sealed = sealOld(masterKey, [merchantId, card.vaultId, "card"], number);
  return keep({ ...item, sealed }, null);
}
async function opened(vault: Vault, merchantId: string, vaultId: string): Promise<unknown> {
  return openDestination(vault, (await readVaultItems(pool, [{ merchantId, vaultId }])).get(vaultId)!);
}
const merchantRow = async (id: string) =>
  db.query(
    `insert into merchants values ($1::bigint, 'm', 'M', 'EUR', 'DE', 'Europe/Berlin', true, $1::text, 'ABCDEF', '{}', '[]', now())`,
    [id],
  );
const summary = async (under: Opened): Promise<string[]> =>
  (await verify(under)).uses
    .map(({ what, under, masterKeyId, count }) => `${count} ${what}: ${under}, ${masterKeyId}`)
    .sort();

test("a rotation wraps data keys under the newest master key, and seals anew what was under a master key itself", async () => {
  const before = vaultWith([k1]);
  const old = await keepOldCard(k1, "7");
  const card = await keepCard(before.vault, "7");
  const account = { kind: "iban", holder: "Anna", iban: "DE89370400440532013000" } as const;
  const iban = await sealAccount(
    { vault: before.vault, fingerprintKey },
    { merchantId: "8", vaultId: ids.row(), account },
  );
  await keep(iban, keyOf(iban.sealed));
  await merchantRow("7");
  const ports = { pool, vault: before.vault, random: randomBytes, rowId: ids.row, monotonic: () => 0 };
  const key = await new ApiKeys(ports).create("7", "worldline", null);

  const both = vaultWith([k2, k1]);
  assert.deepEqual(
    await summary(both),
    [
      `1 cards and accounts: master key, ${id1}`,
      `2 cards and accounts: current data keys, ${id1}`,
      `1 secrets of Worldline keys: current data keys, ${id1}`,
      `2 data keys: current data keys, ${id1}`,
    ].sort(),
  );
  assert.deepEqual(await turn(both, false), { rewrapped: 2, renewed: 0, resealed: 1, shut: [] });
  assert.deepEqual(
    await summary(both),
    [
      `3 cards and accounts: current data keys, ${id2}`,
      `1 secrets of Worldline keys: current data keys, ${id2}`,
      `2 data keys: current data keys, ${id2}`,
    ].sort(),
  );
  assert.deepEqual(await turn(both, false), { rewrapped: 0, renewed: 0, resealed: 0, shut: [] }, "nothing is left");

  const only = vaultWith([k2]).vault; // the old master key is dropped
  for (const id of [old, card])
    assert.deepEqual(await opened(only, "7", id), { kind: "card", number, expMonth: 12, expYear: 2039 });
  assert.deepEqual(await opened(only, "8", iban.vaultId), account);
  const found = await new ApiKeys({ ...ports, vault: only }).findWorldline(key.keyId);
  assert.equal(found?.secret, key.secret);
});

test("new data keys: servers read on, take up the new keys by themselves, and what they still write under old ones is sealed anew", async () => {
  const clock = { ms: 0 };
  const server = vaultWith([k1], clock).vault;
  const first = await keepCard(server, "7");
  const under = vaultWith([k1]);
  let waits = 0;
  const sleep = async (ms: number) => {
    assert.ok(ms > 0 && ms <= 60_000);
    waits += 1;
    if (waits > 1)
      return void (await db.query(
        "update data_keys set retired_at = now() - interval '61 s' where retired_at is not null",
      ));
    late = await keepCard(server, "7"); // a server that does not know yet
  };
  let late = "";
  const done = await turn(under, true, { settleMs: 60_000, sleep });
  assert.deepEqual({ ...done, waits }, { rewrapped: 0, renewed: 1, resealed: 2, shut: [], waits: 2 });
  assert.deepEqual(
    await summary(under),
    [
      `2 cards and accounts: current data keys, ${id1}`,
      `1 data keys: current data keys, ${id1}`,
      `1 data keys: retired data keys, ${id1}`,
    ].sort(),
  );
  for (const id of [first, late]) await opened(server, "7", id);
  clock.ms += 5_000;
  await keepCard(server, "7");
  assert.equal(
    (await verify(under)).uses.find(({ what }) => what === "cards and accounts")?.count,
    3,
    "none is retired",
  );
});

test("a renewal that was killed goes on where it was, and gives no merchant a second new key", async () => {
  const under = vaultWith([k1]);
  const merchants = Array.from({ length: 250 }, (_, at) => String(at + 1));
  for (const merchant of merchants) await under.vault.keys.forSealing(merchant);
  for (const merchant of merchants.slice(0, 5)) await keepCard(under.vault, merchant);
  const killed = new Error("killed");
  const die = (line: string) => {
    if (line === "200 new data keys") throw killed;
  };
  await assert.rejects(turn(under, true, { progress: die }), killed);
  await under.vault.keys.forSealing("251"); // made meanwhile: new enough
  const noted: string[] = [];
  assert.equal((await turn(under, true, { note: (line: string) => noted.push(line) })).renewed, 50);
  const { rows } = await db.query("select count(*)::int as n, count(retired_at)::int as retired from data_keys");
  assert.deepEqual(rows, [{ n: 501, retired: 250 }]);
  assert.equal((await turn(under, true)).renewed, 251, "the next one is a new one");
});

test("two rotations at once share the work and lose nothing", async () => {
  const [one, two] = [vaultWith([k2, k1]), vaultWith([k2, k1])];
  const old = vaultWith([k1]).vault;
  const merchants = Array.from({ length: 20 }, (_, at) => String(at + 1));
  const kept: [string, string][] = [];
  for (const merchant of merchants) {
    for (let at = 0; at < 30; at += 1) kept.push([merchant, await keepCard(old, merchant)]);
    kept.push([merchant, await keepOldCard(k1, merchant)]);
  }
  const done = await Promise.all([turn(one, true), turn(two, true)]);
  assert.equal(done[0].renewed + done[1].renewed, 20);
  assert.ok(done[0].resealed + done[1].resealed >= kept.length);
  const { uses, shutCount } = await verify(two);
  assert.equal(shutCount, 0);
  assert.deepEqual(
    uses.filter(({ what }) => what !== "data keys"),
    [{ what: "cards and accounts", under: "current data keys", masterKeyId: id2, count: kept.length }],
  );
  for (const [merchant, id] of kept) await opened(two.vault, merchant, id);
});

test("rows that were altered, or exchanged for one another, are found, stay as they are, and are told without a number", async () => {
  const under = vaultWith([k1]);
  const cards: string[] = [];
  for (let at = 0; at < 6; at += 1) cards.push(await keepCard(under.vault, "7"));
  const [a, b, altered, shown, print, sound] = cards as [string, string, string, string, string, string];
  const alien = await keepCard(under.vault, "8");
  const rows = (await db.query("select id, sealed, data_key from vault")).rows as {
    id: string;
    sealed: string;
    data_key: string;
  }[];
  const of = (id: string) => rows.find((row) => row.id === id)!;
  await db.query("update vault set sealed = $2 where id = $1", [a, of(b).sealed]);
  await db.query("update vault set sealed = $2 where id = $1", [b, of(a).sealed]);
  const last = of(altered).sealed.at(-10)!;
  const changed = of(altered).sealed.slice(0, -10) + (last === "A" ? "B" : "A") + of(altered).sealed.slice(-9);
  await db.query("update vault set sealed = $2 where id = $1", [altered, changed]);
  await db.query("update vault set masked = '411111XXXXXX1112' where id = $1", [shown]);
  await db.query("update vault set fingerprint = 'cst_' where id = $1", [print]);
  await db.query(
    "update data_keys set wrapped = (select wrapped from data_keys where merchant_id = 7) where merchant_id = 8",
  );
  const fresh = vaultWith([k1]);
  const { shut, shutCount } = await verify(fresh);
  const found = new Map(shut.map(({ rowId, why }) => [rowId, why]));
  assert.equal(shutCount, 7);
  for (const id of [a, b, altered, alien, of(alien).data_key])
    assert.match(found.get(id) ?? "", /altered|not what was wrapped/, id);
  assert.match(found.get(shown) ?? "", /what it shows/);
  assert.match(found.get(print) ?? "", /fingerprint/);
  assert.ok(!JSON.stringify(shut).includes("1111"));
  await assert.rejects(opened(fresh.vault, "7", a), /for another row/);
  await opened(fresh.vault, "7", sound);
  await db.query("delete from vault where id = $1", [alien]);
  await db.query("delete from data_keys where merchant_id = 8");
  const done = await turn(vaultWith([k1]), true);
  assert.deepEqual(done.shut.map(({ rowId }) => rowId).sort(), [a, b, altered].sort());
  assert.equal(done.resealed, 3);
});

test("no card can be kept under a data key that its database does not have", async () => {
  const { vault } = vaultWith([k1]);
  await keepCard(vault, "7");
  await db.query("delete from vault");
  await db.query("delete from data_keys"); // put back to a time before it was made, under a server that remembers it
  await assert.rejects(keepCard(vault, "7"), /vault_data_key/);
});
