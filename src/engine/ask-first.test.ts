import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { isRefusal } from "../core/refusal.ts";
import { createToken } from "../flow/method.ts";
import { sendPayout } from "../flow/send.ts";
import { openPool } from "../store/db.ts";
import { FakeRail } from "../testing/fake-rail.ts";
import { testCardKeys } from "../testing/vault.ts";
import { accept, answer, committerOn, ids, request, tools, World, type TestMerchant } from "../testing/world.ts";
import { openDestination, sealCard, type CardKeys } from "../vault/cards.ts";
import { readVaultItems } from "../store/due.ts";
import { Dispatcher, type DispatchPorts } from "./dispatch.ts";
import { Exchange } from "./exchange.ts";
import { unguarded, type SendGuard } from "./send-guard.ts";

let cardKeys: CardKeys;
let world: World;
let merchant: TestMerchant;
let pool: ReturnType<typeof openPool>;
let rail: FakeRail;
before(async () => {
  world = await World.open();
  merchant = await world.merchant();
  pool = openPool(world.url, 2);
  cardKeys = testCardKeys(pool);
});
after(async () => {
  await pool.end();
  await world.close();
});
beforeEach(() => (rail = new FakeRail()));

/** Has a payout taken on by a server with that guard. `during` happens once its send was decided. */
async function pay(handle: string, guard: Partial<SendGuard>, during: () => void = () => {}) {
  const committer = committerOn(world.url);
  const ports: DispatchPorts = {
    commit: async (command, budgetMs) => {
      const committed = await committer.commit(command, budgetMs);
      if (command.kind === "accept") during();
      return committed;
    },
    tools,
    rails: new Map([["sandbox", rail]]),
    guard: { ...unguarded, ...guard },
    openVault: (item) => openDestination(cardKeys.vault, item),
    readVault: async (merchantId, vaultId) => (await readVaultItems(pool, [{ merchantId, vaultId }])).get(vaultId)!,
    readDue: async () => [],
    readVaultOf: async () => new Map(),
    monotonic: () => performance.now(),
    wall: Date.now,
    chance: () => 0.5,
    sleep: async () => {},
    within: (_, work) => work,
    log: () => {},
  };
  const card = { number: "4111111111111111", expMonth: 12, expYear: 2039, amountTable: false };
  const item = await sealCard(cardKeys, { merchantId: merchant.id, vaultId: ids.row(), ...card });
  const { token } = await world.commit(createToken(`ct_${ids.hex()}`, item));
  const { permits: _, ...asked } = request(merchant, handle, {
    customer: "customer-1",
    destination: { kind: "token", id: token.id },
  });
  const taken = await new Dispatcher(ports, new Exchange(ports)).accept(asked, 5_000);
  await committer.close();
  assert.ok(!isRefusal(taken));
  return taken;
}
/** What talks to the rail, with that guard. */
const exchangeWith = (guard: Partial<SendGuard>): Exchange =>
  new Exchange({
    commit: world.committer.commit,
    tools,
    rails: new Map([["sandbox", rail]]),
    guard: { ...unguarded, ...guard },
    openVault: () => Promise.resolve({ kind: "card", number: "4111111111111111", expMonth: 12, expYear: 2039 }),
    readVault: () => assert.fail("its card is known"),
    monotonic: () => performance.now(),
    wall: Date.now,
    chance: () => 0.5,
    sleep: async () => {},
    log: () => {},
  });
const asksFirst: Partial<SendGuard> = { asksFirst: () => true };
/** The reference that the payout of a handle is going to have. */
async function referenceOf(handle: string): Promise<string> {
  const { rows } = await world.db.query("select reference_prefix p from merchants where id = $1", [merchant.id]);
  return tools.reference(rows[0].p, handle, 1);
}

test("a bank that is asked first and has the transfer is not sent it again, whatever became of it", async () => {
  for (const [status, state] of [
    ["paid", "paid"],
    ["accepted", "accepted"],
    ["declined", "failed"],
    ["returned", "returned"],
  ] as const) {
    rail.book(await referenceOf(`was-${status}`), { status });
    const { payout, heard } = await pay(`was-${status}`, asksFirst);
    assert.deepEqual([payout.state, heard?.source, heard?.verdict], [state, "inquiry", status]);
  }
  assert.deepEqual(rail.sent, []);
  await pay("was-paid-unasked", {});
  assert.equal(rail.sent.length, 1, "who does not ask, sends");
});

test("it is asked before a further send too: the one before may have been followed by one that the database has forgotten", async () => {
  for (const [handle, guard, sent] of [
    ["queued-again", asksFirst, 0],
    ["queued-again-unasked", {}, 1],
  ] as const) {
    rail = new FakeRail();
    const accepted = await world.commit(accept(merchant, handle));
    await world.commit(answer(accepted, "unsent"));
    await world.db.query("update payouts set next_at = now() where handle = $1", [handle]);
    const { order } = await world.commit(sendPayout(merchant.id, accepted.payout.id, "sandbox", tools));
    assert.equal(order?.send.send, 2);
    rail.book(order.attempt.reference);
    const exchange = exchangeWith(guard);
    const news = await exchange.carryOut(order, accepted.reached!.vault, exchange.now());
    assert.deepEqual([news?.payout.state, rail.sent.length], ["paid", sent]);
  }
});

test("one that has never received it is sent it", async () => {
  const { payout } = await pay("fresh", asksFirst);
  assert.deepEqual([payout.state, rail.sent.length, rail.asked], ["paid", 1, 1]);
});

test("one that does not say, or whose word does not count yet, is sent nothing: the payout is in doubt", async () => {
  const { payout } = await pay("too-early", { ...asksFirst, believes: () => false });
  assert.deepEqual([payout.state, rail.sent.length], ["in_doubt", 0]);
  rail.silent = true;
  const { payout: silent } = await pay("silent", asksFirst);
  assert.deepEqual([silent.state, rail.sent.length], ["in_doubt", 0]);
});

test("while nothing may be sent a payout is taken on and queued", async () => {
  const { payout } = await pay("frozen", { maySend: () => false });
  assert.deepEqual([payout.state, rail.sent.length], ["queued", 0]);
});

test("what was decided to be sent before dispatch was frozen does not leave after", async () => {
  let frozen = false;
  const { payout } = await pay("frozen-meanwhile", { maySend: () => !frozen }, () => (frozen = true));
  assert.deepEqual([payout.state, rail.sent.length], ["queued", 0]);
});

test("never received does not count while what was sent before may still arrive, not even from a bank that fences", async () => {
  rail = new FakeRail({ fences: true });
  rail.silent = true;
  const { payout } = await pay("lost", {});
  rail.silent = false;
  const reference = await referenceOf("lost");
  const ask = async (guard: Partial<SendGuard>) => {
    const exchange = exchangeWith(guard);
    const about = { attempt: 1, reference, rail: "sandbox", amountMinor: payout.amountMinor };
    const question = { ...about, payout, fence: 1, askedAt: Date.now(), over: false };
    return (await exchange.ask(question, null)).payout.state;
  };
  await world.db.query("update payouts set send_deadline_at = '2026-01-01' where id = $1", [payout.id]); // too late to send it again
  assert.equal(await ask({ believes: () => false }), "in_doubt");
  assert.equal(await ask({}), "failed");
});
