import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { isRefusal } from "../core/refusal.ts";
import { accept, answer, nothing, rules, tools, World, type TestMerchant } from "../testing/world.ts";
import { resolveIncident } from "./resolve.ts";
import { askAbout, sendPayout } from "./send.ts";

let world: World;
let merchant: TestMerchant;
before(async () => {
  world = await World.open();
  merchant = await world.merchant();
});
after(() => world.close());

const kindsOf = async (payoutId: string): Promise<string[]> => {
  const { rows } = await world.db.query("select kind from events where payout_id = $1 order by version", [payoutId]);
  return rows.map(({ kind }) => kind);
};

test("silence is not a no: the money stays held until the bank is asked and answers", async () => {
  const before = await world.balances(merchant.id);
  const accepted = await world.commit(accept(merchant, "silent"));
  const { payout } = await world.commit(answer(accepted, "unanswered"));
  assert.deepEqual([payout.state, payout.fault?.errorState], ["in_doubt", "processing_error"]);
  assert.equal((await world.balances(merchant.id)).held, before.held + 10_000n);
  const late = await world.commit(answer(accepted, "paid", { source: "inquiry" }));
  assert.equal(late.payout.state, "paid");
  assert.deepEqual(await kindsOf(payout.id), ["created", "sent", "unanswered", "paid"]);
});

test("what the bank never received goes once more under the same reference, three sends in all, and then has failed", async () => {
  const accepted = await world.commit(accept(merchant, "lost"));
  await world.commit(answer(accepted, "unanswered"));
  for (const send of [2, 3]) {
    const { order } = await world.commit(answer(accepted, "never_received", { permit: true }));
    assert.equal(order?.send.send, send);
    assert.equal(order.attempt.reference, accepted.attempt.reference);
    await world.commit(answer(accepted, "unanswered"));
  }
  const { payout, order } = await world.commit(answer(accepted, "never_received", { permit: true }));
  assert.deepEqual([payout.state, order], ["failed", null]);
  const { rows } = await world.db.query(
    "select count(distinct body_hash)::int bodies, count(*)::int sends from sends where payout_id = $1",
    [payout.id],
  );
  assert.deepEqual(rows, [{ bodies: 1, sends: 3 }], "one reference carries one instruction");
});

test("'never received' is not believed before the rail's horizon has passed since the last send", async () => {
  const accepted = await world.commit(accept(merchant, "horizon"));
  await world.commit(answer(accepted, "unanswered"));
  const slow = { ...rules, fences: false, horizonMs: 3_600_000 };
  const { payout, order } = await world.commit(answer(accepted, "never_received", { rules: slow, permit: true }));
  assert.deepEqual([payout.state, order], ["in_doubt", null]);
  await world.db.query("update payouts set send_deadline_at = now() - interval '61 minutes' where id = $1", [
    payout.id,
  ]);
  const believed = await world.commit(answer(accepted, "never_received", { rules: slow, permit: true }));
  assert.equal(believed.order?.send.send, 2);
});

test("without room on the rail nothing is sent again, and the question is asked later", async () => {
  const accepted = await world.commit(accept(merchant, "no-room"));
  await world.commit(answer(accepted, "unanswered"));
  const { payout } = await world.commit(answer(accepted, "never_received", { permit: false }));
  assert.equal(payout.state, "in_doubt");
  assert.ok(payout.nextAt !== null);
});

test("an answer that contradicts a final outcome moves no money, freezes the payout and opens an incident", async () => {
  const accepted = await world.commit(accept(merchant, "contradicted"));
  await world.commit(answer(accepted, "declined"));
  const before = await world.balances(merchant.id);
  const { payout } = await world.commit(answer(accepted, "paid", { source: "inquiry" }));
  assert.deepEqual([payout.state, payout.frozen], ["failed", true]);
  assert.deepEqual(await world.balances(merchant.id), before);
  await world.commit(answer(accepted, "paid", { source: "inquiry" }));
  const { rows } = await world.db.query("select facts from incidents where payout_id = $1", [payout.id]);
  assert.deepEqual(
    rows,
    [{ facts: { state: "failed", attempt: "1", source: "inquiry", verdict: "paid" } }],
    "one incident, however often it is said",
  );
  const again = await world.committer.commit(accept(merchant, "contradicted"));
  assert.equal(isRefusal(again) && again.refused, "frozen");
  await world.commit(
    resolveIncident({
      merchantId: merchant.id,
      payoutId: payout.id,
      by: "ops",
      reason: "the decline is right",
      outcome: null,
    }),
  );
  assert.equal((await world.commit(accept(merchant, "contradicted"))).payout.state, "sent");
});

test("a bank that paid an attempt we had closed stops the next one", async () => {
  const first = await world.commit(accept(merchant, "old-attempt"));
  await world.commit(answer(first, "declined"));
  const second = await world.commit(accept(merchant, "old-attempt", { permits: [] }));
  assert.equal(second.payout.state, "queued");
  const { payout } = await world.commit(answer(first, "paid", { source: "inquiry" }));
  assert.deepEqual([payout.state, payout.frozen], ["queued", true]);
  const sent = await world.committer.commit(sendPayout(merchant.id, payout.id, "sandbox", tools));
  assert.equal(isRefusal(sent) && sent.refused, "frozen");
});

test("a return after paid gives the money back once", async () => {
  const accepted = await world.commit(accept(merchant, "returned"));
  await world.commit(answer(accepted, "paid"));
  const before = await world.balances(merchant.id);
  await world.commit(answer(accepted, "returned", { source: "inquiry" }));
  const { payout } = await world.commit(answer(accepted, "returned", { source: "inquiry" }));
  assert.equal(payout.state, "returned");
  assert.equal((await world.balances(merchant.id)).available, before.available + 10_000n);
});

test("a return that is the first news of a payout is a payment and a return", async () => {
  const accepted = await world.commit(accept(merchant, "returned-unseen"));
  await world.commit(answer(accepted, "unanswered"));
  await world.commit(answer(accepted, "returned", { source: "inquiry" }));
  assert.deepEqual(await kindsOf(accepted.payout.id), ["created", "sent", "unanswered", "paid", "returned"]);
});

test("old news changes nothing: the same answer again, or 'accepted' after paid", async () => {
  const accepted = await world.commit(accept(merchant, "old-news"));
  await world.commit(answer(accepted, "accepted"));
  await world.commit(answer(accepted, "paid", { source: "inquiry" }));
  await world.commit(answer(accepted, "paid", { source: "inquiry" }));
  const { payout } = await world.commit(answer(accepted, "unanswered", { source: "inquiry" }));
  assert.equal(payout.state, "paid");
  assert.deepEqual(await kindsOf(payout.id), ["created", "sent", "accepted", "paid"]);
});

test("'accepted' from before the bank declined, told late, is no contradiction; asked for afterwards, it is", async () => {
  const accepted = await world.commit(accept(merchant, "overtaken"));
  await world.commit(answer(accepted, "declined", { source: "inquiry" }));
  const asked = { source: "inquiry" } as const;
  assert.equal((await world.commit(answer(accepted, "accepted", asked))).payout.frozen, false);
  const again = await world.commit(accept(merchant, "overtaken"));
  const late = answer({ payout: { ...again.payout, attempt: 1 } }, "accepted", asked);
  assert.equal((await world.commit(late)).payout.frozen, false);
  const news = answer({ payout: { ...again.payout, attempt: 1 } }, "accepted", { ...asked, afterEnd: true });
  assert.equal((await world.commit(news)).payout.frozen, true);
});

test("a send whose lease ran out is in doubt, and asked about by one at a time", async () => {
  const { payout, attempt } = await world.commit(accept(merchant, "lease"));
  const early = await world.committer.commit(askAbout(merchant.id, payout.id, attempt, rules));
  assert.ok(isRefusal(early), "its answer may still come");
  await world.db.query("update payouts set next_at = now() - interval '1 second' where id = $1", [payout.id]);
  const asked = await Promise.all(
    [1, 2, 3].map(() => world.committer.commit(askAbout(merchant.id, payout.id, null, rules))),
  );
  assert.equal(asked.filter((question) => !isRefusal(question)).length, 1);
  assert.deepEqual(await kindsOf(payout.id), ["created", "sent", "unanswered"]);
});

test("two dispatchers claim one payout: one of them sends it", async () => {
  const { payout } = await world.commit(accept(merchant, "claimed", { permits: [] }));
  const claims = await Promise.all(
    [1, 2, 3, 4].map(() => world.committer.commit(sendPayout(merchant.id, payout.id, "sandbox", tools))),
  );
  assert.equal(claims.filter((claim) => !isRefusal(claim)).length, 1);
});

test("an answer is kept as evidence, in the bank's own words", async () => {
  const accepted = await world.commit(accept(merchant, "evidence"));
  const fault = { error: "credit_card_expired", errorState: "hard_declined" } as const;
  await world.commit(
    answer(accepted, "declined", {
      answer: { ...nothing, verdict: "declined", fault, code: "54", message: "Card expired", bankId: "B1" },
    }),
  );
  const { rows } = await world.db.query(
    "select source, verdict, error, code, message, bank_id, closes from answers where payout_id = $1",
    [accepted.payout.id],
  );
  const evidence = {
    source: "reply",
    verdict: "declined",
    error: "credit_card_expired",
    code: "54",
    message: "Card expired",
    bank_id: "B1",
    closes: true,
  };
  assert.deepEqual(rows, [evidence]);
});

test("'never received' from before the latest send says nothing about that send: it fails nothing, and contradicts nothing", async () => {
  const accepted = await world.commit(accept(merchant, "stale"));
  await world.commit(answer(accepted, "unanswered"));
  await world.commit(answer(accepted, "never_received", { permit: true, send: 1 })); // sends again: send 2
  await world.commit(answer(accepted, "unanswered", { send: 2 }));
  const stale = await world.commit(answer(accepted, "never_received", { permit: true, send: 1 }));
  assert.deepEqual([stale.payout.state, stale.payout.send, stale.order], ["in_doubt", 2, null]);
  await world.commit(answer(accepted, "paid", { source: "inquiry", send: 2 }));
  const late = await world.commit(answer(accepted, "never_received", { send: 1 }));
  assert.deepEqual([late.payout.state, late.payout.frozen], ["paid", false]);
});

test("silence about an earlier send does not put a later one in doubt", async () => {
  const accepted = await world.commit(accept(merchant, "stale-silence"));
  await world.commit(answer(accepted, "unanswered"));
  await world.commit(answer(accepted, "never_received", { permit: true, send: 1 }));
  const { payout } = await world.commit(answer(accepted, "unanswered", { send: 1 }));
  assert.deepEqual([payout.state, payout.send], ["sent", 2]);
});

test("'never received' contradicts a payment only when it may be believed", async () => {
  const accepted = await world.commit(accept(merchant, "early-question"));
  await world.commit(answer(accepted, "paid"));
  const slow = { ...rules, fences: false, horizonMs: 3_600_000 };
  const { payout } = await world.commit(answer(accepted, "never_received", { rules: slow }));
  assert.equal(payout.frozen, false, "the question came before the transfer could be seen");
  const believed = await world.commit(answer(accepted, "never_received"));
  assert.equal(believed.payout.frozen, true);
});
