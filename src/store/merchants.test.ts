import assert from "node:assert/strict";
import { createSecretKey, randomBytes } from "node:crypto";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import type pg from "pg";
import { startIds } from "../ids.ts";
import { referencePrefix } from "../references.ts";
import { freshDatabase } from "../testing/database.ts";
import { hashKey } from "../vault/api-key.ts";
import { openTestVault } from "../testing/vault.ts";
import type { Vault } from "../vault/vault.ts";
import { openPool } from "./db.ts";
import { ApiKeys } from "./keys.ts";
import { Merchants, type CreatedMerchant, type NewMerchant } from "./merchants.ts";
import { openReader } from "./reader.ts";

let pool: pg.Pool;
let drop: () => Promise<void>;
let now = 0;
const rowId = startIds().row;
let vault: Vault;
const making = () => ({ vault, random: randomBytes, rowId });
before(async () => {
  const database = await freshDatabase();
  pool = openPool(database.url, 4);
  vault = openTestVault(pool);
  drop = database.drop;
});
after(async () => {
  await pool.end();
  await drop();
});

const prefix = (handle: string, salt: number) => referencePrefix(createSecretKey(Buffer.alloc(32, 1)), handle, salt);
const merchants = (over = {}) => new Merchants({ ...making(), pool, referencePrefix: prefix, ...over });
const keys = () => new ApiKeys({ ...making(), pool, monotonic: () => now });
async function created(draft: NewMerchant, over = {}): Promise<CreatedMerchant> {
  const made = await merchants(over).create(draft);
  if ("taken" in made) assert.fail(`${made.taken} is taken`);
  return made;
}

test("a new merchant has its keys, its floors, and the defaults of a test merchant", async () => {
  const { merchant, frisbii, worldline } = await created({
    handle: "new",
    currency: "EUR",
    floors: { EUR: null, DKK: -500n },
  });
  assert.match(merchant.worldlineMerchantId, /^[1-9]\d{9}$/);
  assert.match(merchant.referencePrefix, /^[A-Z2-7]{6}$/);
  assert.equal(merchant.name, "new");
  assert.equal(merchant.test, true);
  assert.deepEqual(merchant.approval, { frisbii: false, worldline: true });
  assert.deepEqual(merchant.agreements, [{ id: "sandbox", rail: "sandbox", brands: [], currencies: [], payout: true }]);
  assert.match(frisbii.privateKey, /^priv_[0-9a-f]{32}$/);
  assert.match(worldline.keyId, /^[0-9a-f]{16}$/);
  assert.equal(Buffer.from(worldline.secret, "base64").length, 32);
  const accounts = await openReader(pool).accounts(merchant.id);
  assert.deepEqual(
    accounts.map(({ currency, floorMinor }) => [currency, floorMinor]),
    [
      ["DKK", -500n],
      ["EUR", null],
    ],
  );

  assert.deepEqual(await merchants().get(merchant.id), merchant);
  assert.deepEqual(await merchants().byHandle("new"), merchant);
  assert.deepEqual(await merchants().byWorldlineId(merchant.worldlineMerchantId), merchant);
  const all = await merchants().list();
  assert.ok(all.some(({ id }) => id === merchant.id));
});

test("a live merchant has no agreement yet", async () => {
  const { merchant } = await created({ handle: "live", currency: "DKK", test: false });
  assert.deepEqual([merchant.test, merchant.agreements], [false, []]);
});

test("a handle or Worldline id that another merchant has is refused, and nothing is left of the attempt", async () => {
  const first = await created({ handle: "taken", currency: "EUR", worldlineMerchantId: "20000" });
  assert.deepEqual(await merchants().create({ handle: "taken", currency: "EUR" }), { taken: "handle" });
  const same = { handle: "other", currency: "EUR", worldlineMerchantId: "20000" };
  assert.deepEqual(await merchants().create(same), { taken: "worldline_merchant_id" });
  assert.equal(await merchants().byHandle("other"), undefined);
  assert.equal(first.merchant.worldlineMerchantId, "20000");
});

test("a reference prefix or generated id that is in use is made once more", async () => {
  const salts: number[] = [];
  const clumsy = (_: string, salt: number) => (salts.push(salt), salt < 2 ? "AAAAAA" : `AAAAA${"BCDEFG"[salt]}`);
  const first = await created({ handle: "clash-1", currency: "EUR" }, { referencePrefix: clumsy });
  const second = await created({ handle: "clash-2", currency: "EUR" }, { referencePrefix: clumsy });
  assert.deepEqual([first.merchant.referencePrefix, second.merchant.referencePrefix], ["AAAAAA", "AAAAAD"]);
  assert.deepEqual(salts, [0, 0, 1, 2]);
});

test("changes of a merchant keep what they do not name; two at once lose nothing", async () => {
  const { merchant } = await created({ handle: "changing", currency: "EUR" });
  await Promise.all([
    merchants().change(merchant.id, { name: "Changed", approval: { frisbii: true, worldline: false } }),
    merchants().change(merchant.id, { country: "SE", timezone: "Europe/Stockholm", agreements: [] }),
  ]);
  const approval = { frisbii: true, worldline: false };
  const expected = {
    ...merchant,
    name: "Changed",
    approval,
    country: "SE",
    timezone: "Europe/Stockholm",
    agreements: [],
  };
  assert.deepEqual(await merchants().get(merchant.id), expected);
  assert.equal(await merchants().change("1", { name: "nobody" }), undefined);
});

test("a key opens its merchant's door, and only its hash or sealed secret is stored", async () => {
  const { merchant, frisbii, worldline } = await created({ handle: "doors", currency: "EUR" });
  assert.deepEqual(await keys().findFrisbii(hashKey(frisbii.privateKey)), {
    keyId: frisbii.id,
    merchantId: merchant.id,
  });
  const found = await keys().findWorldline(worldline.keyId);
  assert.deepEqual(found, {
    keyId: worldline.id,
    merchantId: merchant.id,
    worldlineMerchantId: merchant.worldlineMerchantId,
    secret: worldline.secret,
  });
  for (const wrong of [
    "",
    "priv_",
    `${frisbii.privateKey}0`,
    `priv_${"0".repeat(32)}`,
    frisbii.privateKey.toUpperCase(),
  ]) {
    assert.equal(await keys().findFrisbii(hashKey(wrong)), undefined);
  }
  assert.equal(await keys().findWorldline("0".repeat(16)), undefined);
  const { rows } = await pool.query("select api_keys::text as text from api_keys where merchant_id = $1", [
    merchant.id,
  ]);
  const stored = rows.map(({ text }) => text).join("\n");
  assert.ok(!stored.includes(frisbii.privateKey.slice(5, -4)) && !stored.includes(worldline.secret));
});

test("a revoked key is refused within a second, on every server", async () => {
  const { merchant, frisbii } = await created({ handle: "revoked", currency: "EUR" });
  const [here, there] = [keys(), keys()];
  for (const server of [here, there]) assert.ok(await server.findFrisbii(hashKey(frisbii.privateKey)));
  const more = await here.create(merchant.id, "frisbii", "second");
  const revoked = await here.revoke(merchant.id, frisbii.id);
  assert.ok(revoked?.revokedAt);
  now += 1_000;
  for (const server of [here, there]) assert.equal(await server.findFrisbii(hashKey(frisbii.privateKey)), undefined);
  assert.ok(await there.findFrisbii(hashKey(more.privateKey)));
  await delay(2);
  assert.deepEqual(await here.revoke(merchant.id, frisbii.id), revoked, "a second time changes nothing");
  assert.equal(await here.revoke("1", frisbii.id), undefined, "another merchant's key is not found");

  const listed = await here.list(merchant.id);
  assert.deepEqual(
    listed.map(({ kind, label, revokedAt }) => [kind, label, revokedAt !== null]),
    [
      ["frisbii", null, true],
      ["worldline", null, false],
      ["frisbii", "second", false],
    ],
  );
  assert.ok(!JSON.stringify(listed).includes(more.privateKey));
  assert.equal(listed[2]?.masked, `priv_…${more.privateKey.slice(-4)}`);
});
