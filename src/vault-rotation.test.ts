import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createSecretKey, randomBytes } from "node:crypto";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { openPool } from "./store/db.ts";
import { readVaultItems } from "./store/due.ts";
import { freshDatabase } from "./testing/database.ts";
import { cardNumber, keepManyCards, type KeptCard } from "./testing/many-cards.ts";
import { Payer } from "./testing/payers.ts";
import { Started } from "./testing/started.ts";
import { openTestVault } from "./testing/vault.ts";
import { openDestination } from "./vault/cards.ts";
import { ringKeeper } from "./vault/keeper.ts";
import { newMasterKey, parseKeyRing } from "./vault/keys.ts";

const command = fileURLToPath(new URL("../bin/disburse.mjs", import.meta.url));
const [k1, k2] = [newMasterKey(randomBytes), newMasterKey(randomBytes)];
const newest = k2.split(":")[0]!;
const merchants = Array.from({ length: 20 }, (_, at) => String(at + 1));

/** `disburse vault …` in a process of its own. */
function vaultCommand(settings: Record<string, string>, ...words: string[]) {
  const child = spawn(process.execPath, [command, "vault", ...words], {
    env: { PATH: process.env["PATH"], ...settings },
  });
  let [said, noted] = ["", ""];
  child.stdout.on("data", (text) => (said += String(text)));
  child.stderr.on("data", (text) => (noted += String(text)));
  const ended = new Promise<number | string | null>((resolve) =>
    child.once("exit", (code, signal) => resolve(code ?? signal)),
  );
  return { child, ended, said: () => said, noted: () => noted };
}

test("keys are rotated under load, killed and run again: nobody fails to read, and nothing is left under an old key", async (t) => {
  const database = await freshDatabase();
  const folderOf = (server: Started) => ({ DISBURSE_DATA_DIR: server.folder, DATABASE_URL: database.url });
  let server = await Started.on(database.url, { DISBURSE_MASTER_KEY: k1 });
  const pool = openPool(database.url, 6);
  const db = new pg.Client({ connectionString: database.url });
  await db.connect();
  t.after(async () => {
    await server.remove();
    await pool.end();
    await db.end();
    await database.drop();
  });
  const vaultWith = (...keys: string[]) => {
    const ring = parseKeyRing(...keys);
    return openTestVault(pool, { ring, keeper: ringKeeper(ring, randomBytes) });
  };
  const old = vaultWith(k1);
  const sealed = (await db.query("select fingerprint_key from installation")).rows[0].fingerprint_key as string;
  const key = await old.open({ merchantId: "0", rowId: "0", purpose: "fingerprint key" }, sealed);
  const fingerprintKey = createSecretKey(key, "hex");
  const cards = await keepManyCards(db, old, {
    merchants,
    cards: 300,
    old: { masterKey: k1, every: 5 },
    fingerprintKey,
  });

  await server.end();
  const both = { DISBURSE_MASTER_KEY: k2, DISBURSE_MASTER_KEYS_OLD: k1 };
  server = await Started.open(server.folder, { DATABASE_URL: database.url, ...both });
  const settings = { ...folderOf(server), ...both };

  const faults: unknown[] = [];
  const under = { way: true };
  let [reads, paid] = [0, 0];
  const reader = async (vault = vaultWith(k2, k1), always = false): Promise<void> => {
    while (under.way) {
      const some = Array.from({ length: 20 }, () => cards[Math.floor(Math.random() * cards.length)]!);
      const from = always ? vaultWith(k2, k1) : vault; // one that has just started has nothing in memory
      await readAll(from, some).catch((error: unknown) => faults.push(error));
      reads += some.length;
    }
  };
  const readAll = async (vault: typeof old, some: readonly KeptCard[]): Promise<void> => {
    for (const item of (await readVaultItems(pool, some)).values())
      assert.equal(((await openDestination(vault, item)) as { number: string }).number, cardNumber);
  };
  const payer = await Payer.of(server, "rotating");
  const pay = async (door: "frisbii" | "worldline"): Promise<void> => {
    for (let at = 0; under.way; at += 1) {
      const told = await payer.pay(door, `${door}-${at}`, (fault) => faults.push(fault));
      for (let tries = 0; (await payer.isPaid(told)) === undefined && tries < 200; tries += 1)
        await new Promise((resolve) => setTimeout(resolve, 20));
      if ((await payer.isPaid(told)) === true) paid += 1;
      else faults.push(told);
    }
  };
  const load = [reader(), reader(undefined, true), pay("frisbii"), pay("worldline")];

  const underNew = async (): Promise<number> => {
    const text =
      "select count(*)::int as n from vault v join data_keys k using (merchant_id) where k.id = v.data_key and k.rotation > 0 and k.retired_at is null";
    return (await db.query(text)).rows[0].n;
  };
  for (const most of [400, 2_000]) {
    const { child, ended } = vaultCommand(settings, "rotate", "--data-keys");
    while ((await underNew()) < most) assert.ok(child.exitCode === null, "it ended too early to be killed");
    child.kill("SIGKILL");
    assert.equal(await ended, "SIGKILL");
    assert.ok((await underNew()) < cards.length, "it was killed in the middle");
  }
  const [one, two] = [1, 2].map(() => vaultCommand(settings, "rotate", "--data-keys", "--settle", "7")); // two at once
  assert.deepEqual([await one!.ended, await two!.ended], [0, 0], one!.noted() + two!.noted());
  under.way = false;
  await Promise.all(load);
  assert.deepEqual(faults, []);
  assert.ok(reads > 2_000 && paid > 20, `${reads} reads, ${paid} payouts`);
  assert.equal((await db.query("select count(*)::int as n from vault_rotations")).rows[0].n, 1, "one renewal in all");

  const verified = vaultCommand({ ...folderOf(server), DISBURSE_MASTER_KEY: k2 }, "verify", "--json");
  assert.equal(await verified.ended, 0, verified.said() + verified.noted());
  const told = JSON.parse(verified.said());
  assert.deepEqual([told.ok, told.newest, told.still_needed, told.shut], [true, newest, [], []]);
  for (const { what, under, masterKeyId } of told.uses) {
    assert.equal(masterKeyId, newest);
    if (what !== "data keys") assert.equal(under, "current data keys", what);
  }
  const texts = told.uses
    .filter(({ what }: { what: string }) => what !== "data keys")
    .reduce((sum: number, { count }: { count: number }) => sum + count, 0);
  const dump = await dumpOf(db);
  assert.equal(
    dump.match(/\bv[12]\.[\w-]{1,32}\.[\w-]{38,}/g)?.length,
    texts,
    "every sealed text there is was looked at",
  );
  for (const number of [cardNumber, "IT60X0542811101000000123456"]) {
    for (const spelled of [
      number,
      Buffer.from(number).toString("base64").slice(0, -3),
      Buffer.from(number).toString("hex"),
    ])
      assert.ok(!dump.includes(spelled), "a dump holds no number");
  }

  await server.end();
  await assert.rejects(
    Started.open(server.folder, { DATABASE_URL: database.url, DISBURSE_MASTER_KEY: k1 }),
    new RegExp(`master key ${newest} is missing`),
  );
  server = await Started.open(server.folder, { DATABASE_URL: database.url, DISBURSE_MASTER_KEY: k2 });
  const payout = { handle: "after", destination: server.demo.frisbii.card, amount: 100, currency: "EUR" };
  assert.equal(
    (await server.call("POST", "/v1/payout", payout)).body.state,
    "paid",
    "a card from before, without the old key",
  );
});

/** Every row of every table, as text. */
async function dumpOf(db: pg.Client): Promise<string> {
  const { rows } = await db.query(
    "select oid::regclass::text as name from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'",
  );
  const tables: string[] = [];
  for (const { name } of rows)
    tables.push(
      (await db.query(`select coalesce(string_agg(t::text, E'\\n'), '') as text from ${name} t`)).rows[0].text,
    );
  return tables.join("\n");
}
