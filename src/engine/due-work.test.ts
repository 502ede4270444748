import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { FakeBank, openDispatcher, says } from "../testing/banks.ts";
import { accept, answer, World, type TestMerchant } from "../testing/world.ts";
import { Unopenable } from "../core/parties.ts";
import type { Commit } from "./commit.ts";
import { CommitFault } from "./fault.ts";
import { openClient } from "../store/db.ts";
import { checkBooks } from "../store/check.ts";

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

/** Payouts on a rail that have been due for a minute. */
async function due(rail: string, count: number, of = merchant, name = rail): Promise<string[]> {
  const handles = Array.from({ length: count }, (_, index) => `${name}-${index}`);
  const taken = await Promise.all(
    handles.map((handle) => world.commit(accept(of, handle, { permits: [], amountMinor: 1n }))),
  );
  const ids = taken.map(({ payout }) => payout.id);
  await world.db.query("update attempts set rail = $1 where payout_id = any ($2::bigint[])", [rail, ids]);
  await world.db.query(
    "update payouts set rail = $1, next_at = now() - interval '1 minute' where id = any ($2::bigint[])",
    [rail, ids],
  );
  return ids;
}

const statesOf = async (ids: readonly string[]): Promise<Record<string, number>> => {
  const { rows } = await world.db.query(
    "select state, count(*)::int n from payouts where id = any ($1::bigint[]) group by state",
    [ids],
  );
  return Object.fromEntries(rows.map(({ state, n }) => [state, n]));
};

/** Breaks commands of these kinds about these payouts. */
const breaking = (ids: ReadonlySet<string>, kinds: readonly string[]): Commit => {
  return (command, budgetMs) =>
    kinds.includes(command.kind) && command.payouts?.some((id) => ids.has(id)) === true
      ? Promise.reject(new CommitFault("broken", new Error("poison")))
      : world.committer.commit(command, budgetMs);
};

test("a payout whose command keeps breaking is parked with an incident after three tries, and nobody waits for it", async (t) => {
  const bank = new FakeBank({ name: "poisoned" });
  const [poison, ...others] = await due("poisoned", 3);
  const one = await openDispatcher(world, [bank], { commit: breaking(new Set([poison!]), ["send"]) });
  t.after(() => one.close());
  for (let round = 0; round < 3; round += 1) {
    await one.round();
    one.clock.ms += 60_000;
  }
  assert.deepEqual(await statesOf(others), { paid: 2 });
  assert.deepEqual(await statesOf([poison!]), { queued: 1 });
  const { rows } = await world.db.query(
    "select kind, facts, frozen, next_at from incidents i join payouts p on p.id = i.payout_id where p.id = $1",
    [poison],
  );
  const facts = { state: "queued", while: "send", broke: "Error" };
  assert.deepEqual(rows, [{ kind: "poison", facts, frozen: true, next_at: null }]);
});

test("where even parking breaks, hundreds of such payouts at the head keep nobody behind them waiting", async (t) => {
  const bank = new FakeBank({ name: "hopeless" });
  const poison = await due("hopeless", 300);
  const behind = await due("hopeless", 5, merchant, "behind");
  await world.db.query("update payouts set next_at = now() where id = any ($1::bigint[])", [behind]);
  const one = await openDispatcher(world, [bank], { commit: breaking(new Set(poison), ["send", "park"]) });
  t.after(() => one.close());
  let rounds = 0;
  for (; bank.sent.length < 5 && rounds < 100; rounds += 1) {
    await one.round();
    one.clock.ms += 20; // as fast as the pulse looks again where it found something
  }
  assert.equal(bank.sent.length, 5);
  assert.ok(rounds <= 25, `${rounds} rounds of 16`);
  assert.deepEqual(await statesOf(poison), { queued: 300 });
  const more = await due("hopeless", 1, merchant, "more");
  await one.round();
  assert.deepEqual(await statesOf(more), { paid: 1 });
});

test("a payout that is refused though it is due is left alone, and not parked while somebody else carries it on", async (t) => {
  const bank = new FakeBank({ name: "raced" });
  const [id] = await due("raced", 1);
  const stale = { merchantId: merchant.id, id: id! };
  const one = await openDispatcher(world, [bank], { readDue: async (_, work) => (work === "send" ? [stale] : []) });
  t.after(() => one.close());
  for (let round = 0; round < 6; round += 1) {
    await one.round(); // the first one pays it; then what was read is out of date
    one.clock.ms += 3_600_000;
  }
  assert.deepEqual([await statesOf([id!]), bank.sent.length], [{ paid: 1 }, 1]);
});

test("a rail that is down does not hide what is due on another one, however much waits for it", async (t) => {
  const [down, up] = [new FakeBank({ name: "down" }), new FakeBank({ name: "up" })];
  const waiting = await due("down", 40);
  const fine = await due("up", 3);
  await world.db.query("update payouts set next_at = now() where id = any ($1::bigint[])", [fine]);
  const one = await openDispatcher(world, [down, up]);
  t.after(() => one.close());
  for (let silence = 0; silence < 10; silence += 1) one.exchange.gates.get("down")!.heard(false);
  await one.round();
  assert.deepEqual([await statesOf(fine), await statesOf(waiting), down.sent.length], [{ paid: 3 }, { queued: 40 }, 0]);
});

test("a bank that is back is found out by a question, what is in doubt is asked about first, and payments follow a few at a time", async (t) => {
  const bank = new FakeBank({ name: "storm", concurrency: 64 });
  const doubtful = await world.commit(accept(merchant, "storm-doubt"));
  await world.commit(answer(doubtful, "unanswered"));
  const doubt = [doubtful.payout.id];
  await world.db.query("update attempts set rail = 'storm' where payout_id = $1", doubt);
  await world.db.query("update payouts set rail = 'storm', next_at = now() + interval '1 hour' where id = $1", doubt);
  const waiting = await due("storm", 200);
  const one = await openDispatcher(world, [bank]);
  t.after(() => one.close());
  const gate = one.exchange.gates.get("storm")!;
  for (let silence = 0; silence < 10; silence += 1) gate.heard(false);
  bank.onFind = () => says("unanswered");
  one.clock.ms = 4_000;
  await one.round();
  assert.deepEqual([bank.asked.length, bank.sent.length], [0, 0]);
  one.clock.ms = 6_000;
  await one.round();
  assert.deepEqual(
    [bank.asked.length, bank.sent.length, gate.closed],
    [1, 0, true],
    "a question that nobody waits for",
  );

  await world.db.query("update payouts set next_at = now() where id = $1", doubt);
  bank.onFind = (reference) => says(reference === doubtful.attempt.reference ? "paid" : "never_received");
  one.clock.ms = 60_000;
  await one.dispatcher.sendDue();
  await one.dispatcher.quiet(5_000);
  assert.deepEqual([gate.closed, gate.recovering], [false, true]);
  assert.equal(await one.dispatcher.sendDue(), 0, "there is something to be asked first");
  await one.dispatcher.askDue();
  await one.dispatcher.quiet(5_000);
  assert.equal(bank.asked.at(-1), doubtful.attempt.reference);
  let most = 0;
  let underWay = 0;
  bank.onSend = async () => {
    most = Math.max(most, (underWay += 1));
    await new Promise((resolve) => setImmediate(resolve));
    underWay -= 1;
    return says("paid");
  };
  const first = bank.sent.length;
  await one.round();
  assert.ok(bank.sent.length - first <= 12, `${bank.sent.length - first} in the first round`);
  for (let round = 0; round < 30 && bank.sent.length < 200; round += 1) await one.round();
  assert.deepEqual(await statesOf([...waiting, ...doubt]), { paid: 201 });
  assert.ok(most <= 64);
});

test("a merchant whose rows are locked keeps no other merchant's payouts waiting", async (t) => {
  const bank = new FakeBank({ name: "locked" });
  const [stuck, free] = [await world.merchant(), await world.merchant()];
  const blocked = await due("locked", 60, stuck, "stuck");
  const others = await due("locked", 6, free, "free");
  await world.db.query("update payouts set next_at = now() where id = any ($1::bigint[])", [others]);
  const one = await openDispatcher(world, [bank]);
  t.after(() => one.close());
  const holder = await openClient(world.url);
  await holder.query("begin");
  await holder.query("select from accounts where merchant_id = $1 for update", [stuck.id]);
  const paid = async () => (await statesOf(others))["paid"] ?? 0;
  for (let round = 0; round < 200 && (await paid()) < 6; round += 1) {
    await one.dispatcher.sendDue();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assert.deepEqual([await paid(), await statesOf(blocked)], [6, { queued: 60 }]);
  await holder.query("rollback");
  await holder.end();
  for (let round = 0; round < 10; round += 1) await one.round();
  assert.deepEqual(await statesOf(blocked), { paid: 60 });
});

test("where a merchant alone has all the room it may have, one looks again soon, and not as if nothing were due", async (t) => {
  const bank = new FakeBank({ name: "full" });
  const ids = await due("full", 20);
  let answer = () => {};
  const answered = new Promise<void>((resolve) => (answer = resolve));
  bank.onSend = () => answered.then(() => says("paid"));
  const one = await openDispatcher(world, [bank]);
  t.after(() => one.close());
  assert.ok((await one.dispatcher.sendDue()) > 0);
  while (bank.sent.length < 14) await new Promise((resolve) => setTimeout(resolve, 5)); // an eighth of 16 is kept from it
  assert.ok((await one.dispatcher.sendDue()) > 0, "what waits for room is found");
  answer();
  for (let round = 0; round < 5; round += 1) await one.round();
  assert.deepEqual(await statesOf(ids), { paid: 20 });
  assert.equal(await one.dispatcher.sendDue(), 0);
});

test("a card that cannot be opened does not leave, and after its tries its payout is parked", async (t) => {
  const bank = new FakeBank({ name: "sealed" });
  const ids = await due("sealed", 1);
  const one = await openDispatcher(world, [bank], {
    openVault: () => Promise.reject(new Unopenable("the master key is not there")),
  });
  t.after(() => one.close());
  for (let tries = 0; tries < 9; tries += 1) {
    await one.round();
    await world.db.query("update payouts set next_at = now() where id = any ($1::bigint[]) and next_at is not null", [
      ids,
    ]);
  }
  const { rows } = await world.db.query("select state, frozen, tries, send from payouts where id = $1", ids);
  assert.deepEqual([rows, bank.sent], [[{ state: "queued", frozen: true, tries: 8, send: 8 }], []]);
});

test("over a rail that cannot be asked a payout is sent once: silence is an incident, and a bank out of reach is none", async (t) => {
  const bank = new FakeBank({ name: "mute", class: "neither", fences: false });
  const [unreached, silent] = [await due("mute", 1, merchant, "unreached"), await due("mute", 1, merchant, "silent")];
  bank.onSend = () => says("unanswered");
  const rail = bank.rail();
  const rails = new Map([["mute", { ...rail, send: async () => says("unsent") }]]);
  const out = await openDispatcher(world, [], { rails });
  await world.db.query("update payouts set next_at = now() + interval '1 hour' where id = any ($1::bigint[])", [
    silent,
  ]);
  await out.round();
  await out.close();
  assert.deepEqual(await statesOf(unreached), { queued: 1 });
  const one = await openDispatcher(world, [bank]);
  t.after(() => one.close());
  await world.db.query("update payouts set next_at = now() where id = any ($1::bigint[])", [silent]);
  for (let round = 0; round < 3; round += 1) await one.round();
  const { rows } = await world.db.query("select state, frozen, send, next_at from payouts where id = $1", silent);
  assert.deepEqual(rows, [{ state: "in_doubt", frozen: true, send: 1, next_at: null }]);
});

test("a rail that says nothing left, though it had begun to send, is taken to be silent", async (t) => {
  const bank = new FakeBank({ name: "liar" });
  bank.onSend = () => says("unsent");
  const ids = await due("liar", 1);
  const one = await openDispatcher(world, [bank]);
  t.after(() => one.close());
  await one.dispatcher.sendDue();
  await one.dispatcher.quiet(5_000);
  assert.deepEqual(await statesOf(ids), { in_doubt: 1 });
});
