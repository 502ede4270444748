import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { isRefusal, type Refusal } from "../core/refusal.ts";
import { accept, answer, ids, rules, World, type TestMerchant } from "../testing/world.ts";
import { cancelPayout } from "./approve.ts";
import { createCustomer } from "./customer.ts";
import { changeMethod, createToken, forceMethodState } from "./method.ts";
import type { Accepted, NewCustomer } from "./request.ts";

/** A rail over which nothing is sent a second time. */
const once = { ...rules, windowMs: 0 };
let world: World;
let merchant: TestMerchant;
before(async () => {
  world = await World.open();
  merchant = await world.merchant();
});
after(() => world.close());

const ask = (...args: Parameters<typeof accept>): Promise<Accepted | Refusal> =>
  world.committer.commit(accept(...args));
const refusedOf = async (...args: Parameters<typeof accept>): Promise<string | undefined> => {
  const answered = await ask(...args);
  return isRefusal(answered) ? answered.refused : undefined;
};
const customer = (handle: string, over: Partial<NewCustomer> = {}): NewCustomer => ({
  handle,
  details: {},
  metadata: null,
  debtorId: null,
  test: null,
  ...over,
});
const tokenFor = async (who: TestMerchant): Promise<string> => {
  const { rows } = await world.db.query("select * from vault where id = $1", [who.vaultId]);
  const [card] = rows;
  const { token } = await world.commit(
    createToken(`ct_${ids.hex()}`, {
      merchantId: who.id,
      vaultId: ids.row(),
      kind: "card",
      sealed: card.sealed,
      fingerprint: card.fingerprint,
      masked: card.masked,
      brand: card.brand,
      expMonth: 12,
      expYear: 2039,
      amountTable: false,
    }),
  );
  return token.id;
};

test("a payout that is due leaves at once: held, with its attempt and its first send, in one commit", async () => {
  const before = await world.balances(merchant.id);
  const { payout, attempt, order } = await world.commit(accept(merchant, "at-once"));
  assert.deepEqual([payout.state, payout.version, payout.send], ["sent", 2, 1]);
  assert.equal(order?.send.send, 1);
  assert.match(attempt.reference, /^[A-Z2-7]{20}$/);
  assert.equal((await world.balances(merchant.id)).held, before.held + 10_000n);
  const { rows } = await world.db.query("select kind from events where payout_id = $1 order by version", [payout.id]);
  assert.deepEqual(
    rows.map(({ kind }) => kind),
    ["created", "sent"],
  );
});

test("without a permit of its rail, or before its date, a payout stays queued with its money held", async () => {
  assert.equal((await world.commit(accept(merchant, "no-permit", { permits: [] }))).payout.state, "queued");
  const later = Date.now() + 86_400_000;
  const { payout, order } = await world.commit(accept(merchant, "later", { dueAt: later }));
  assert.deepEqual([payout.state, payout.nextAt, order], ["queued", later, null]);
});

test("asked for again: processing while under way, already paid once paid, never a second payout", async () => {
  const accepted = await world.commit(accept(merchant, "again"));
  assert.equal(await refusedOf(merchant, "again"), "payout_processing");
  await world.commit(answer(accepted, "paid"));
  assert.equal(await refusedOf(merchant, "again"), "payout_already_paid");
  assert.equal(await refusedOf(merchant, "again", { customer: "somebody-else" }), "payout_already_paid");
});

test("what failed is tried once more under the same handle, with its money held anew", async () => {
  const first = await world.commit(accept(merchant, "retried"));
  await world.commit(answer(first, "declined"));
  const before = await world.balances(merchant.id);
  const second = await world.commit(accept(merchant, "retried"));
  assert.equal(second.payout.id, first.payout.id);
  assert.deepEqual([second.payout.state, second.payout.attempt, second.payout.hold], ["sent", 2, 2]);
  assert.notEqual(second.attempt.reference, first.attempt.reference);
  assert.equal((await world.balances(merchant.id)).held, before.held + 10_000n);
  await world.commit(answer(second, "paid"));
});

test("a retry keeps its customer and its currency; its amount changes only after a definite decline", async () => {
  const declined = await world.commit(accept(merchant, "kept"));
  await world.commit(answer(declined, "declined"));
  assert.equal(await refusedOf(merchant, "kept", { customer: "customer-2" }), "customer_changed");
  assert.equal(await refusedOf(merchant, "kept", { newCustomer: customer("customer-2") }), "customer_changed");
  assert.equal(await refusedOf(merchant, "kept", { currency: "DKK" }), "currency_changed");
  const cheaper = await world.commit(
    accept(merchant, "kept", { amountMinor: 5_000n, newCustomer: customer("customer-1") }),
  );
  assert.equal(cheaper.payout.amountMinor, 5_000n);
  await world.commit(answer(cheaper, "unanswered"));
  await world.commit(answer(cheaper, "never_received", { rules: once }));
  assert.equal(await refusedOf(merchant, "kept", { amountMinor: 4_000n }), "amount_changed");
});

test("after processing errors a payout is tried again three times to the same destination, and again to another", async () => {
  const fail = async (accepted: Accepted): Promise<void> => {
    await world.commit(answer(accepted, "unanswered"));
    await world.commit(answer(accepted, "never_received", { rules: once }));
  };
  await fail(await world.commit(accept(merchant, "error")));
  for (const retries of [1, 2, 3]) {
    const again = await world.commit(accept(merchant, "error"));
    assert.equal(again.payout.errorRetries, retries);
    await fail(again);
  }
  assert.equal(await refusedOf(merchant, "error"), "too_many_retries");
  const other = await world.commit(
    accept(merchant, "error", { destination: { kind: "token", id: await tokenFor(merchant) } }),
  );
  assert.deepEqual([other.payout.state, other.payout.attempt], ["sent", 5]);
});

test("a payout without the money for it fails at once, softly, and nothing is held", async () => {
  const poor = await world.merchant(5_000n);
  const { payout, heard } = await world.commit(accept(poor, "too-much"));
  assert.deepEqual(
    [payout.state, payout.fault],
    ["failed", { error: "insufficient_funds", errorState: "soft_declined" }],
  );
  assert.deepEqual([heard?.source, heard?.closes], ["own", true]);
  assert.deepEqual(await world.balances(poor.id), { available: 5_000n, held: 0n, paidOut: 0n });
  assert.equal((await world.commit(accept(poor, "too-much", { amountMinor: 5_000n }))).payout.state, "sent");
  assert.equal((await world.commit(accept(poor, "nothing-left", { amountMinor: 1n }))).payout.state, "failed");
});

test("two payouts in one batch cannot spend the same money", async () => {
  const poor = await world.merchant(15_000n);
  const [one, two] = await Promise.all([world.commit(accept(poor, "one")), world.commit(accept(poor, "two"))]);
  assert.deepEqual([one.payout.state, two.payout.state].sort(), ["failed", "sent"]);
});

test("a cancelled payout is over for good", async () => {
  const { payout } = await world.commit(accept(merchant, "cancelled", { permits: [] }));
  await world.commit(cancelPayout(merchant.id, payout.id));
  assert.equal(await refusedOf(merchant, "cancelled"), "payout_cancelled");
});

test("a customer in the request is created with the payout, or not at all", async () => {
  const { payout } = await world.commit(
    accept(merchant, "with-customer", {
      newCustomer: customer("new-one"),
      destination: { kind: "token", id: await tokenFor(merchant) },
    }),
  );
  assert.equal(payout.customer, "new-one");
  assert.equal(await refusedOf(merchant, "other", { newCustomer: customer("new-one") }), "duplicate_customer");
  assert.equal(
    await refusedOf(merchant, "other", {
      newCustomer: customer("unlucky"),
      destination: { kind: "token", id: "ct_no" },
    }),
    "unknown_token",
  );
  assert.equal(
    await refusedOf(merchant, "other", { newCustomer: customer("live", { test: false }) }),
    "live_data_on_test",
  );
  const { customer: lucky } = await world.commit(createCustomer(merchant.id, ids.row(), customer("unlucky")));
  assert.equal(lucky.handle, "unlucky", "the refused request left no customer behind");
});

test("the customer of a payout must exist, and the destination must be theirs", async () => {
  assert.equal(await refusedOf(merchant, "x", { customer: "nobody" }), "unknown_customer");
  await world.commit(createCustomer(merchant.id, ids.row(), customer("someone")));
  assert.equal(await refusedOf(merchant, "x", { customer: "someone" }), "unknown_method");
  assert.equal(await refusedOf(merchant, "x", { destination: { kind: "method", id: "ca_none" } }), "unknown_method");
  const stranger = await world.merchant();
  assert.equal(
    await refusedOf(merchant, "x", { destination: { kind: "method", id: stranger.methodId } }),
    "unknown_method",
  );
  assert.equal(
    await refusedOf(merchant, "x", { destination: { kind: "token", id: await tokenFor(merchant) } }),
    "missing_customer",
  );
});

test("a payment method that is not active cannot be paid to", async () => {
  const id = merchant.methodId;
  await world.commit(changeMethod(merchant.id, id, "inactivate", ids.row()));
  assert.equal(await refusedOf(merchant, "x"), "method_inactive");
  await world.commit(forceMethodState(merchant.id, id, "pending", ids.row()));
  assert.equal(await refusedOf(merchant, "x"), "method_pending");
  await world.commit(forceMethodState(merchant.id, id, "failed", ids.row()));
  assert.equal(await refusedOf(merchant, "x"), "method_failed");
  await world.commit(forceMethodState(merchant.id, id, "active", ids.row()));
});

test("a card token is good for one payout, for half an hour", async () => {
  const id = await tokenFor(merchant);
  const to = { destination: { kind: "token", id }, customer: "customer-1" } as const;
  assert.equal((await world.commit(accept(merchant, "token", to))).payout.state, "sent");
  assert.equal(await refusedOf(merchant, "token-again", to), "token_used");
  const old = await tokenFor(merchant);
  await world.db.query("update card_tokens set expires_at = now() - interval '1 second' where id = $1", [old]);
  assert.equal(
    await refusedOf(merchant, "token-old", { ...to, destination: { kind: "token", id: old } }),
    "token_expired",
  );
});

test("an agreement decides what can be paid to, in which currency; the sandbox is for test merchants only", async () => {
  const set = (agreements: object[], isTest = true) =>
    world.db.query("update merchants set agreements = $2, test = $3 where id = $1", [
      merchant.id,
      JSON.stringify(agreements),
      isTest,
    ]);
  const sandbox = { id: "a", rail: "sandbox", brands: [], currencies: [], payout: true };
  await set([]);
  assert.equal(await refusedOf(merchant, "x"), "method_cannot_pay_out");
  await set([{ ...sandbox, payout: false }]);
  assert.equal(await refusedOf(merchant, "x"), "method_cannot_pay_out");
  await set([{ ...sandbox, brands: ["mc"] }]);
  assert.equal(await refusedOf(merchant, "x"), "method_cannot_pay_out");
  await set([{ ...sandbox, currencies: ["DKK"] }]);
  assert.equal(await refusedOf(merchant, "x"), "method_lacks_currency");
  await set([sandbox], false);
  assert.equal(await refusedOf(merchant, "x"), "method_cannot_pay_out");
  await set([sandbox]);
  assert.equal(await refusedOf(merchant, "x"), undefined);
});
