import assert from "node:assert/strict";
import { test } from "node:test";
import { transitions, type PayoutState } from "../core/payout.ts";
import type { RailPolicy } from "../core/rail.ts";
import { isRefusal } from "../core/refusal.ts";
import { OnePayout } from "../testing/one-payout.ts";
import { statedOutcomes } from "./resolve.ts";

const asks: RailPolicy = { name: "bank", class: "asks", fences: true, horizonMs: 0 };
const mute: RailPolicy = { name: "bank", class: "neither", fences: false, horizonMs: 0 };

function sent(rules = asks): OnePayout {
  const one = new OnePayout(rules);
  one.send();
  return one;
}
function after(...verdicts: Parameters<OnePayout["hear"]>[0][]): OnePayout {
  const one = sent();
  for (const verdict of verdicts) one.hear(verdict, { bankId: "T1" });
  return one;
}
function silence(): OnePayout {
  const one = sent(mute);
  one.hear("unanswered", { source: "reply" });
  return one;
}
const moneyOf = ({ account: { balances } }: OnePayout) => [balances.available, balances.held, balances.paid_out];
const [held, out, free] = [
  [87_500n, 12_500n, 0n],
  [87_500n, 0n, 12_500n],
  [100_000n, 0n, 0n],
];

test("nobody could be asked: what the operator found out settles the money, and is kept as evidence that ends the attempt", () => {
  for (const [outcome, state, money] of [["paid", "paid", out] as const, ["failed", "failed", free] as const]) {
    const one = silence();
    assert.deepEqual(moneyOf(one), held);
    one.resolve(outcome);
    assert.deepEqual([one.payout.state, one.payout.frozen, moneyOf(one)], [state, false, money]);
    const { source, closes, answer } = one.answers.at(-1)!;
    assert.deepEqual([source, closes, answer, one.payout.answers], ["operator", true, 2, 2]);
  }
});

test("let go without an outcome, what nobody can be asked about waits for an operator again", () => {
  const one = silence();
  one.resolve(null);
  assert.deepEqual([one.payout.frozen, one.payout.nextAt], [false, one.now]);
  one.ask();
  assert.deepEqual([one.payout.frozen, one.incidents.length, moneyOf(one)], [true, 2, held]);
});

test("the bank paid what it had declined: the money is booked as paid out, in one step", () => {
  const one = after("declined", "paid");
  assert.deepEqual([one.payout.state, one.payout.frozen, moneyOf(one)], ["failed", true, free]);
  one.resolve("paid");
  assert.deepEqual([one.payout.state, one.payout.hold, moneyOf(one)], ["paid", 2, out]);
  assert.deepEqual(one.events.slice(-2), ["found_paid", "unfrozen"]);
  assert.equal(one.answers.at(-1)!.closes, false, "its attempt has ended before");
});

test("money that has left is not booked below the floor: the operator lowers it, or funds the balance, first", () => {
  const one = after("declined", "paid");
  one.account = { ...one.account, balances: { available: 12_499n, held: 0n, paid_out: 0n, funding: -12_499n } };
  const refused = one.resolve("paid");
  assert.ok(isRefusal(refused) && refused.refused === "insufficient_funds");
  assert.deepEqual([one.payout.state, one.payout.frozen], ["failed", true]);
  one.account = { ...one.account, floorMinor: -1n };
  one.resolve("paid");
  assert.deepEqual([one.payout.state, one.account.balances.available], ["paid", -1n]);
});

test("what was told as paid and never moved is given back as a return", () => {
  const one = after("paid", "declined");
  one.resolve("failed");
  assert.deepEqual([one.payout.state, moneyOf(one)], ["returned", free]);
});

test("an outcome that agrees with the state changes nothing about the money", () => {
  for (const [one, outcome] of [
    [after("paid", "declined"), "paid"],
    [after("declined", "paid"), "failed"],
  ] as const) {
    const [state, money] = [one.payout.state, moneyOf(one)];
    one.resolve(outcome);
    assert.deepEqual([one.payout.state, one.payout.frozen, moneyOf(one)], [state, false, money]);
  }
});

test("after an operator's decision the same evidence changes nothing any more, and new evidence freezes again", () => {
  const one = after("declined", "paid");
  one.resolve(null);
  for (let time = 0; time < 3; time += 1) one.hear("paid", { bankId: "T1" });
  assert.deepEqual([one.payout.frozen, one.incidents.length], [false, 1]);
  one.hear("paid", { bankId: "T2" });
  assert.deepEqual([one.payout.frozen, one.incidents.length], [true, 2], "another transfer of the bank's");
});

test("new evidence is recorded also while an operator is still at the first, once", () => {
  const one = after("declined", "paid");
  one.hear("paid", { bankId: "T2" });
  one.hear("paid", { bankId: "T2" });
  assert.equal(one.incidents.length, 2);
});

test("a payout that was found to be paid stays so when the bank repeats the decline that it had failed on", () => {
  const one = after("declined", "paid");
  one.resolve("paid");
  one.hear("declined");
  one.hear("paid", { bankId: "T1" });
  assert.deepEqual([one.payout.state, one.payout.frozen], ["paid", false]);
});

test("a bank that speaks against the operator's word freezes the payout, whichever it was", () => {
  for (const [outcome, verdict] of [["failed", "paid"] as const, ["paid", "declined"] as const]) {
    const one = silence();
    one.resolve(outcome);
    one.hear(verdict, { source: "statement" });
    assert.deepEqual([one.payout.state, one.payout.frozen, one.incidents.length], [outcome, true, 2]);
  }
});

test("no outcome is stated about a send that is on its way: its own answer may still come", () => {
  const one = sent();
  one.payout = { ...one.payout, frozen: true }; // an earlier attempt was paid after all
  const refused = one.resolve("failed");
  assert.ok(isRefusal(refused) && refused.refused === "payout_processing");
  one.after(26_000).resolve("failed");
  assert.deepEqual([one.payout.state, moneyOf(one)], ["failed", free]);
});

test("only what waits for an operator is resolved", () => {
  const refused = after("declined").resolve("paid");
  assert.ok(isRefusal(refused) && refused.refused === "wrong_state");
});

test("from every state, an outcome leads where the table of transitions leads, or is refused", () => {
  for (const state of Object.keys(transitions) as PayoutState[])
    for (const outcome of statedOutcomes) {
      const one = new OnePayout(asks);
      const isHeld = ["queued", "sent", "accepted", "in_doubt"].includes(state);
      const [available, inFlight, gone] = isHeld ? held : state === "paid" ? out : free;
      one.account = {
        ...one.account,
        balances: { available: available!, held: inFlight!, paid_out: gone!, funding: -100_000n },
      };
      one.payout = { ...one.payout, state, frozen: true, send: 1, nextAt: isHeld ? one.now : null };
      const before = one.payout.version;
      const resolved = one.resolve(outcome);
      if (isRefusal(resolved)) {
        assert.deepEqual([state, outcome, one.payout.version], ["returned", "paid", before]);
        continue;
      }
      const to = one.payout.state;
      assert.ok(to === state || Object.values(transitions[state]).includes(to), `${state} to ${to}`);
      assert.deepEqual(moneyOf(one), outcome === "paid" ? out : free, `${state}, ${outcome}`);
    }
});
