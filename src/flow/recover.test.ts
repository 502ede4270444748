import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { isRefusal } from "../core/refusal.ts";
import { checkBooks } from "../store/check.ts";
import { accept, answer, rules, tools, World, type TestMerchant } from "../testing/world.ts";
import type { Forgotten } from "./intent.ts";
import { recoverSend, type Done } from "./recover.ts";
import type { Accepted } from "./request.ts";
import { askAbout } from "./send.ts";

let world: World;
let merchant: TestMerchant;
before(async () => {
  world = await World.open();
  merchant = await world.merchant();
});
after(async () => {
  assert.deepEqual(await checkBooks(world.url), []);
  await world.close();
});

const paid: Forgotten = { rail: "sandbox", status: "paid", amountMinor: 10_000n, currency: "EUR" };
const later = Date.now() + 3_600_000;
const done = ({ payout, attempt }: Accepted, over: Partial<Done> = {}): Done => ({
  ...paid,
  merchantId: merchant.id,
  payoutId: payout.id,
  reference: attempt.reference,
  ...over,
});

test("a queued payout that its bank has was sent: it is asked about at once, and what the bank says counts", async () => {
  const queued = await world.commit(accept(merchant, "queued", { dueAt: later }));
  const { payout } = await world.commit(recoverSend(done(queued), tools));
  assert.deepEqual([payout.state, payout.send], ["sent", 1]);
  const asked = await world.commit(askAbout(merchant.id, payout.id, null, rules));
  assert.deepEqual([asked.payout.state, asked.question?.reference], ["in_doubt", queued.attempt.reference]);
  assert.equal((await world.commit(answer(queued, "paid", { source: "inquiry" }))).payout.state, "paid");
});

test("one that waits for an approval was approved, for the money went out; without the money it stays as it is", async () => {
  const waiting = await world.commit(accept(merchant, "awaiting", { door: "worldline" }));
  const held = (await world.balances(merchant.id)).held;
  assert.equal((await world.commit(recoverSend(done(waiting), tools))).payout.state, "sent");
  assert.equal((await world.balances(merchant.id)).held, held + 10_000n);
  const amountMinor = 10n ** 12n;
  const dear = await world.commit(accept(merchant, "dear", { door: "worldline", amountMinor }));
  const refused = await world.committer.commit(recoverSend(done(dear, { amountMinor }), tools));
  assert.ok(isRefusal(refused) && refused.refused === "insufficient_funds");
});

test("a payout that failed, and whose next try was forgotten, has not failed", async () => {
  const first = await world.commit(accept(merchant, "retried"));
  await world.commit(answer(first, "declined"));
  const reference = tools.reference(first.attempt.reference.slice(0, 6), first.attempt.reference, 2);
  const next = done(first, { reference, amountMinor: 7_500n });
  const knowing = { ...tools, forgotten: new Map([[reference, paid]]) };
  const { payout } = await world.commit(recoverSend(next, knowing));
  assert.deepEqual([payout.state, payout.attempt, payout.amountMinor], ["sent", 2, 7_500n]);
  const { payout: settled } = await world.commit(answer({ payout }, "paid", { source: "inquiry" }));
  assert.equal(settled.state, "paid");
  const stranger = await world.committer.commit(recoverSend({ ...next, reference: "NOTHIS" }, knowing));
  assert.ok(isRefusal(stranger) && stranger.refused === "closed_attempt");
});

test("a bank that moved another amount under the reference leaves the payout to a person; one that moved none does not", async () => {
  const queued = await world.commit(accept(merchant, "changed", { dueAt: later }));
  const { payout } = await world.commit(recoverSend(done(queued, { amountMinor: 1n }), tools));
  assert.deepEqual([payout.state, payout.frozen], ["queued", true]);
  const { rows } = await world.db.query("select facts from incidents where payout_id = $1", [payout.id]);
  assert.deepEqual([rows.length, rows[0].facts.bank_amount_minor], [1, "1"]);
  const elsewhere = await world.commit(accept(merchant, "elsewhere", { dueAt: later }));
  assert.ok((await world.commit(recoverSend(done(elsewhere, { rail: "other" }), tools))).payout.frozen);
  await world.commit(recoverSend(done(queued, { amountMinor: 1n }), tools)); // changes nothing more
  const other = await world.commit(accept(merchant, "declined-other", { dueAt: later }));
  const declined = done(other, { amountMinor: 1n, status: "declined" });
  assert.equal((await world.commit(recoverSend(declined, tools))).payout.state, "sent");
});

test("what is on record as sent is not recorded again", async () => {
  const sent = await world.commit(accept(merchant, "sent"));
  const refused = await world.committer.commit(recoverSend(done(sent), tools));
  assert.ok(isRefusal(refused) && refused.refused === "wrong_state");
});
