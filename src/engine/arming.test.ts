import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { isRefusal } from "../core/refusal.ts";
import { acceptPayout } from "../flow/accept.ts";
import { cancelPayout } from "../flow/approve.ts";
import { fundMerchant } from "../flow/fund.ts";
import { askAbout } from "../flow/send.ts";
import type { Rail } from "../rails/rail.ts";
import { checkBooks } from "../store/check.ts";
import { readDispatchLog } from "../store/dispatch-state.ts";
import { openPool } from "../store/db.ts";
import { readForgotten } from "../store/forgotten.ts";
import { FakeRail } from "../testing/fake-rail.ts";
import { accept, answer, ids, request, tools as plain, World } from "../testing/world.ts";
import { Armed, type ArmedPorts } from "./armed.ts";
import { armDispatch, type ArmingOrder, type ArmingPorts } from "./arming.ts";
import { Exchange } from "./exchange.ts";

/** A database that was restored, with the payouts that it holds, and a bank that is further. */
async function restored(t: TestContext, more: Rail[] = []) {
  const world = await World.open();
  const pool = openPool(world.url, 3);
  t.after(async () => {
    assert.deepEqual(await checkBooks(world.url), []);
    await pool.end();
    await world.close();
  });
  const merchant = await world.merchant();
  const rail = new FakeRail();
  const rails = [rail, ...more];
  const witness = { read: () => undefined, write: () => {} };
  const ports: ArmedPorts = {
    pool,
    rails,
    installation: "one",
    name: undefined,
    witness,
    now: Date.now,
    log: () => {},
    say: () => {},
  };
  const armed = await Armed.open(ports);
  const tools = {
    ...plain,
    get forgotten() {
      return armed.forgotten;
    },
    get mayHaveForgotten() {
      return armed.dispatch().is !== "armed";
    },
  };
  const { commit } = world.committer;
  const unused = {
    monotonic: () => performance.now(),
    wall: Date.now,
    chance: () => 0.5,
    sleep: async () => {},
    log: () => {},
  };
  const vault = { openVault: () => assert.fail("nothing is sent"), readVault: () => assert.fail("nothing is sent") };
  const exchange = new Exchange({
    commit,
    tools,
    rails: new Map([["sandbox", rail]]),
    guard: armed,
    ...unused,
    ...vault,
  });
  const hint = async (...[merchantId, payoutId, of]: Parameters<ArmingPorts["hint"]>) => {
    const asked = await commit(askAbout(merchantId, payoutId, of, rail.rules));
    if (!isRefusal(asked) && asked.question !== null) await exchange.ask(asked.question, null);
  };
  const freeze = async () => {
    await world.db.query("update dispatch set counter = counter - 1");
    await armed.verify();
    assert.equal(armed.dispatch().is, "frozen");
  };
  const order = { by: "ada", reason: "restored last night's backup", force: false };
  const arm = (over: Partial<ArmingOrder> = {}) =>
    armDispatch({ pool, rails, armed, tools, name: undefined, commit, hint }, { ...order, ...over });
  const stateOf = async (handle: string) =>
    (await world.db.query("select state, attempt from payouts where handle = $1", [handle])).rows[0];
  const pay = (handle: string, over = {}) => world.commit(accept(merchant, handle, { permits: [], ...over }));
  /** Another server, which has seen the database. */
  const colleague = () =>
    Armed.open({ ...ports, witness: { read: () => ({ installation: "one", counter: 0 }), write: () => {} } });
  return { colleague, world, pool, merchant, rail, armed, tools, freeze, arm, stateOf, pay };
}

test("arming brings payouts up to their bank, keeps what nobody knows, and says who did it", async (t) => {
  const { world, pool, merchant, rail, armed, tools, freeze, arm, stateOf, pay } = await restored(t);
  const queued = await pay("queued");
  const declined = await pay("declined");
  const awaiting = await pay("awaiting", { door: "worldline" });
  await pay("untouched");
  const inDoubt = await pay("in-doubt", { permits: ["sandbox"] });
  await world.commit(answer(inDoubt, "unanswered"));
  const failed = await pay("failed", { permits: ["sandbox"] });
  await world.commit(answer(failed, "declined"));
  const prefix = queued.attempt.reference.slice(0, 6);
  await freeze();

  for (const { attempt } of [queued, awaiting, inDoubt]) rail.book(attempt.reference);
  rail.book(declined.attempt.reference, { status: "declined" });
  rail.book(failed.attempt.reference, { status: "declined" });
  rail.book(plain.reference(prefix, failed.attempt.reference, 2)); // its next try, which was forgotten
  rail.book(plain.reference(prefix, "lost", 1), { amountMinor: 12_345n });
  rail.book("ZZZZZZAAAAAAAAAAAAAA");
  const told = await arm();
  assert.deepEqual(told.problems, []);
  assert.deepEqual(told.rails, [{ rail: "sandbox", listed: 8, recovered: 5, forgotten: 1, foreign: 1 }]);
  assert.equal(armed.dispatch().is, "armed");
  for (const handle of ["queued", "awaiting", "in-doubt"]) assert.equal((await stateOf(handle)).state, "paid", handle);
  assert.deepEqual(await stateOf("failed"), { state: "paid", attempt: 2 });
  assert.equal((await stateOf("declined")).state, "failed");
  assert.equal((await stateOf("untouched")).state, "queued");
  assert.deepEqual(rail.sent, []);

  const [line] = await readDispatchLog(pool, 1);
  assert.deepEqual(
    [line?.event, line?.by, line?.reason, line?.forced],
    ["armed", "ada", "restored last night's backup", false],
  );
  const [kept] = await readForgotten(pool, { unclaimed: true, most: 9 });
  assert.deepEqual([kept?.amountMinor, kept?.payout], [12_345n, null]);
  assert.ok((armed.state.asksFirstUntil ?? 0) > Date.now() + 29 * 86_400_000);
  assert.ok(armed.asksFirst(rail.rules, "any"));
  assert.ok(!armed.asksFirst({ ...rail.rules, class: "deduplicates" }, "any"));
  assert.ok(armed.asksFirst({ ...rail.rules, class: "deduplicates", windowMs: 86_400_000 }, "any"), "it forgets too");
  assert.ok(
    armed.asksFirst({ ...rail.rules, class: "deduplicates" }, kept!.reference),
    "of what is forgotten every bank is asked",
  );
  assert.ok(!armed.believes(rail.rules, Date.now()), "what was sent before may still arrive");
  assert.ok(armed.believes(rail.rules, Date.now() + 26_000));

  const again = { ...request(merchant, "lost", { amountMinor: 12_345n }) };
  assert.equal((await world.commit(acceptPayout(again, tools))).attempt.reference, kept!.reference);
  assert.equal((await readForgotten(pool, { unclaimed: true, most: 9 })).length, 0);
  const all = await readForgotten(pool, { unclaimed: false, most: 9 });
  assert.equal(all.find(({ reference }) => reference === kept!.reference)?.payout?.handle, "lost");
  await armed.recall();
  assert.ok(
    armed.asksFirst({ ...rail.rules, class: "deduplicates" }, kept!.reference),
    "also when it is sent much later",
  );
});

test("a payout whose send did not leave, and which the bank has all the same, is not sent again when the bank then falls silent", async (t) => {
  const { world, rail, freeze, arm, stateOf, pay } = await restored(t);
  const queued = await pay("queued", { permits: ["sandbox"] });
  await world.commit(answer(queued, "unsent"));
  await freeze();
  rail.book(queued.attempt.reference);
  rail.mute = true;
  assert.deepEqual((await arm()).problems, []);
  assert.equal((await stateOf("queued")).state, "in_doubt", "it is asked about in its turn");
});

test("what failed or was cancelled while it was frozen, and was paid in the time that is lost, waits for a person", async (t) => {
  const { world, merchant, rail, armed, freeze, arm, stateOf, pay } = await restored(t);
  const prefix = (await pay("any")).attempt.reference.slice(0, 6);
  await freeze();
  const cancelled = await pay("cancelled");
  await world.commit(cancelPayout(merchant.id, cancelled.payout.id));
  const dear = await pay("dear", { amountMinor: 10n ** 9n });
  const declined = await pay("declined", { amountMinor: 10n ** 9n });
  await pay("again", { amountMinor: 10n ** 9n });
  await pay("again");
  assert.deepEqual([dear.payout.state, declined.payout.state], ["failed", "failed"]);
  rail.book(plain.reference(prefix, "cancelled", 1));
  rail.book(plain.reference(prefix, "again", 1));
  rail.book(plain.reference(prefix, "dear", 1), { amountMinor: 10n ** 9n });
  rail.book(plain.reference(prefix, "declined", 1), { amountMinor: 10n ** 9n, status: "declined" });
  assert.deepEqual((await arm()).problems, []);
  assert.equal(armed.dispatch().is, "armed");
  const { rows } = await world.db.query("select handle, state from payouts where frozen order by handle");
  assert.deepEqual(rows, [
    { handle: "again", state: "queued" },
    { handle: "cancelled", state: "cancelled" },
    { handle: "dear", state: "failed" },
  ]);
  assert.equal((await stateOf("declined")).state, "failed");
  assert.deepEqual((await arm()).problems, [], "and is not asked for again");
});

test("while it is frozen no payout is said to have failed for want of money: its bank may have paid it", async (t) => {
  const { world, merchant, tools, freeze, arm, stateOf } = await restored(t);
  const dear = (handle: string) => acceptPayout(request(merchant, handle, { amountMinor: 10n ** 9n }), tools);
  await freeze();
  const told = await world.committer.commit(dear("dear"));
  assert.ok(isRefusal(told) && told.refused === "insufficient_funds");
  assert.equal(await stateOf("dear"), undefined);
  await arm();
  assert.equal((await world.commit(dear("dear"))).payout.state, "failed");
});

test("other servers learn of it with what is forgotten, and a later start does not take what is kept for new", async (t) => {
  const { rail, freeze, arm, pay, colleague } = await restored(t);
  const { attempt } = await pay("known");
  const other = await colleague();
  await freeze();
  const lost = plain.reference(attempt.reference.slice(0, 6), "lost", 1);
  rail.book(lost);
  await arm();
  assert.ok(!other.maySend("sandbox"));
  await other.verify();
  assert.ok(other.maySend("sandbox") && other.forgotten.has(lost));
  const later = await colleague();
  await later.look();
  assert.equal(later.dispatch().is, "armed");
});

test("a bank that does not tell stops it, unless that is forced, which is kept", async (t) => {
  const { pool, rail, armed, freeze, arm } = await restored(t);
  await freeze();
  rail.silent = true;
  const told = await arm();
  assert.deepEqual(
    [told.armed, told.problems],
    [false, ["sandbox does not tell what it has done (the bank does not answer)"]],
  );
  assert.equal(armed.dispatch().is, "frozen");
  assert.equal((await arm({ force: true })).armed, true);
  const [line] = await readDispatchLog(pool, 1);
  assert.deepEqual([line?.forced, line?.facts["problems"]], [true, told.problems]);
});

test("a rail that can be neither asked nor listed has to be looked into by a person", async (t) => {
  const mute = new FakeRail({ name: "files", class: "neither" });
  Object.defineProperty(mute, "listSince", { value: undefined });
  const { freeze, arm } = await restored(t, [mute]);
  await freeze();
  assert.deepEqual((await arm()).problems, ["files cannot be asked: hold its statement against the payouts"]);
  assert.equal((await arm({ force: true })).armed, true);
});

test("money that was booked in the time that is lost has to be booked again first", async (t) => {
  const { world, merchant, rail, freeze, arm, stateOf, pay } = await restored(t);
  const amountMinor = 10n ** 9n;
  const dear = await pay("dear", { door: "worldline", amountMinor });
  await freeze();
  rail.book(dear.attempt.reference, { amountMinor });
  const told = await arm();
  assert.deepEqual([told.armed, told.problems.length], [false, 1]);
  assert.match(told.problems[0]!, /cannot be recorded: the available balance is below the amount/);
  const booked = { merchantId: merchant.id, id: ids.row(), reference: "again", currency: "EUR", amountMinor };
  await world.commit(fundMerchant(booked));
  assert.equal((await arm()).armed, true);
  assert.equal((await stateOf("dear")).state, "paid");
});

test("numbers of orders are not given twice: those of the time that is lost are left out", async (t) => {
  const { world, freeze, arm, pay } = await restored(t);
  await pay("", { handle: (order: number) => `order-${order}` });
  await freeze();
  await arm();
  await pay("", { handle: (order: number) => `order-${order}` });
  const { rows } = await world.db.query("select handle from payouts order by id");
  assert.deepEqual(
    rows.map(({ handle }) => handle),
    ["order-1", "order-1000002"],
  );
});

test("a database that was not restored is armed without further ado: nothing is left out, and no bank is asked first", async (t) => {
  const { rail, armed, arm } = await restored(t);
  assert.equal((await arm()).armed, true);
  assert.equal(armed.state.asksFirstUntil, null);
  assert.ok(!armed.asksFirst(rail.rules, "any"));
});
