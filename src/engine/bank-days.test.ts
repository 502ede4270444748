import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { isRefusal } from "../core/refusal.ts";
import { approvePayout, cancelPayout } from "../flow/approve.ts";
import { mondayToFriday } from "../rails/bank-days.ts";
import { checkBooks } from "../store/check.ts";
import { FakeBank, openDispatcher } from "../testing/banks.ts";
import { accept, request, World, type TestMerchant } from "../testing/world.ts";

let world: World;
let merchant: TestMerchant;
before(async () => {
  world = await World.open();
  merchant = await world.merchant();
});
after(async () => {
  assert.deepEqual(await checkBooks(world.url, false), []);
  await world.close();
});

const friday = Date.parse("2026-11-20T12:00:00Z");
const day = 86_400_000;
const bank = () => new FakeBank({ name: "sandbox", bankDays: mondayToFriday("Europe/Berlin", ["2026-11-23"]) });

test("what falls due on no bank day waits, held and still to be cancelled, and leaves on the next one", async (t) => {
  const closed = bank();
  const one = await openDispatcher(world, [closed]);
  t.after(() => one.close());
  const asked = ["leaves", "is-cancelled"].map((handle) => accept(merchant, handle, { door: "worldline" }));
  const ids: string[] = [];
  for (const command of asked) {
    const { payout } = await world.commit(command);
    await world.commit(approvePayout(merchant.id, payout.id, null));
    ids.push(payout.id);
  }
  const look = async (at: number) => {
    one.clock.ms = at;
    await one.round();
    const states = "select state from payouts where id = any ($1::bigint[]) order by id";
    return (await world.db.query(states, [ids])).rows.map(({ state }) => state);
  };
  assert.deepEqual(await look(friday + day), ["queued", "queued"]); // Saturday
  assert.equal((await world.balances(merchant.id)).held, 20_000n);
  assert.ok(!isRefusal(await world.committer.commit(cancelPayout(merchant.id, ids[1]!))));
  assert.deepEqual(await look(friday + 2 * day), ["queued", "cancelled"]);
  assert.deepEqual(await look(friday + 3 * day), ["queued", "cancelled"], "Monday is a holiday");
  assert.equal(closed.sent.length, 0);
  assert.deepEqual(await look(friday + 4 * day), ["paid", "cancelled"]);
  assert.equal(closed.sent.length, 1);
});

test("a payout that is asked for on no bank day is taken on and queued; on a bank day it leaves at once", async (t) => {
  const one = await openDispatcher(world, [bank()]);
  t.after(() => one.close());
  const ask = async (handle: string, at: number) => {
    one.clock.ms = at;
    const accepted = await one.dispatcher.accept(request(merchant, handle), 5_000);
    return isRefusal(accepted) ? accepted.refused : accepted.payout.state;
  };
  assert.equal(await ask("on-saturday", friday + day), "queued");
  assert.equal(await ask("on-friday", friday), "paid");
});

test("a question about what was sent before waits for no bank day", async (t) => {
  const closed = bank();
  const one = await openDispatcher(world, [closed]);
  t.after(() => one.close());
  one.clock.ms = friday;
  closed.onSend = () => ({ ...unanswered });
  const accepted = await one.dispatcher.accept(request(merchant, "silent-on-friday"), 5_000);
  assert.ok(!isRefusal(accepted) && accepted.payout.state === "in_doubt");
  closed.onFind = () => ({ ...unanswered, verdict: "paid", fault: null });
  one.clock.ms = friday + day;
  await world.db.query("update payouts set next_at = now() where id = $1", [accepted.payout.id]);
  await one.round();
  const { rows } = await world.db.query("select state from payouts where id = $1", [accepted.payout.id]);
  assert.deepEqual([rows[0].state, closed.asked.length], ["paid", 1]);
});

const unanswered = {
  verdict: "unanswered",
  fault: { error: "acquirer_communication_error", errorState: "processing_error" },
  code: null,
  message: null,
  bankId: null,
  raw: "{}",
} as const;
