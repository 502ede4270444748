import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type pg from "pg";
import { accept, answer, World, type TestMerchant } from "../testing/world.ts";
import { openPool } from "./db.ts";
import { findAttempt, readDue, readVaultItems, readVaultOf } from "./due.ts";

let world: World;
let pool: pg.Pool;
let first: TestMerchant;
let second: TestMerchant;
before(async () => {
  world = await World.open();
  pool = openPool(world.url, 2);
  first = await world.merchant();
  second = await world.merchant();
});
after(async () => {
  await pool.end();
  await world.close();
});

test("what is due on a rail is found across merchants, longest due first, with its sealed card", async () => {
  const soon = Date.now() + 60_000;
  const late = await world.commit(accept(second, "late", { dueAt: soon + 1 }));
  const early = await world.commit(accept(first, "early", { dueAt: soon }));
  assert.deepEqual(await readDue(pool, "sandbox", "send", 10), [], "by the database's clock, nothing is due yet");
  assert.deepEqual(await readDue(pool, "sandbox", "send", 10, [], soon - 1), []);
  const due = await readDue(pool, "sandbox", "send", 10, [], soon + 1);
  assert.deepEqual(due, [
    { merchantId: first.id, id: early.payout.id },
    { merchantId: second.id, id: late.payout.id },
  ]);
  assert.deepEqual(await readDue(pool, "sandbox", "send", 1, [], soon + 1), due.slice(0, 1));
  assert.deepEqual(await readDue(pool, "sandbox", "send", 1, [first.id], soon + 1), due.slice(1), "without a merchant");
  assert.deepEqual(await readDue(pool, "sandbox", "ask", 10, [], soon + 1), []);
  assert.deepEqual(await readDue(pool, "bank", "send", 10, [], soon + 1), [], "another rail's work is its own");

  const vault = await readVaultOf(pool, due);
  assert.deepEqual([...vault.keys()].toSorted(), [first.vaultId, second.vaultId].toSorted());
  assert.equal(vault.get(second.vaultId)?.merchantId, second.id);
  assert.equal(vault.get(second.vaultId)?.sealed, "v1.erased");
});

test("cards of several merchants are read at once, each only under its own merchant", async () => {
  const keys = [
    { merchantId: first.id, vaultId: first.vaultId },
    { merchantId: second.id, vaultId: second.vaultId },
  ];
  assert.equal((await readVaultItems(pool, keys)).size, 2);
  assert.equal((await readVaultItems(pool, [{ merchantId: first.id, vaultId: second.vaultId }])).size, 0);
  assert.equal((await readVaultItems(pool, [])).size, 0);
});

test("a wire reference leads to its payout, and to the attempt it was made for", async () => {
  const one = await world.commit(accept(first, "referred"));
  await world.commit(answer(one, "declined"));
  const two = await world.commit(accept(first, "referred"));
  const { merchantId, id: payoutId } = one.payout;
  const { reference, rail, amountMinor } = one.attempt;
  assert.deepEqual(await findAttempt(pool, reference), {
    merchantId,
    payoutId,
    attempt: 1,
    reference,
    rail,
    amountMinor,
  });
  const second = two.attempt.reference;
  assert.deepEqual(await findAttempt(pool, second), {
    merchantId,
    payoutId,
    attempt: 2,
    reference: second,
    rail,
    amountMinor,
  });
  for (const unknown of [
    "",
    "AAAAAA",
    "222222AAAAAAAAAAAAAA",
    `${one.attempt.reference.slice(0, 19)}1`,
    "ä\0",
    "x".repeat(5_000),
  ]) {
    assert.equal(await findAttempt(pool, unknown), undefined);
  }
});
