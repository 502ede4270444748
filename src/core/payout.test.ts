import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { canSpend, emptyAccount, post, type Account } from "./ledger.ts";
import {
  advance,
  create,
  holdingStates,
  leadsTo,
  payoutStates,
  transitions,
  type Payout,
  type PayoutEvent,
  type PayoutEventKind,
  type Step,
} from "./payout.ts";
import { isRefusal, refuse } from "./refusal.ts";

const noon = Date.UTC(2026, 0, 1, 12);
const fault = { error: "declined_by_acquirer", errorState: "hard_declined" } as const;
const draft = {
  merchantId: "1",
  id: "2",
  handle: "payout-1",
  door: "frisbii",
  customer: "customer-1",
  amountMinor: 12_500n,
  currency: "EUR",
  text: null,
  rail: "sandbox",
  dueAt: noon,
} as const;

const kinds = [
  ...new Set([...Object.values(transitions).flatMap(Object.keys), "contradicted", "parked", "unfrozen"]),
] as PayoutEventKind[];

function eventOf(kind: PayoutEventKind, attempt: number): PayoutEvent {
  return { kind, attempt, fault, at: noon + 1 };
}

/** Lives through the events; the entries of every step are posted to a funded account. */
function live(first: Step, ...then: PayoutEventKind[]): { payout: Payout; account: Account; history: Step[] } {
  const history = [first];
  let account: Account = {
    ...emptyAccount("1", "EUR"),
    balances: { available: 100_000n, held: 0n, paid_out: 0n, funding: -100_000n },
  };
  for (const kind of then) {
    const step = advance(history.at(-1)!.payout, eventOf(kind, history.at(-1)!.payout.attempt));
    assert.ok(!isRefusal(step), `${kind} is lawful`);
    history.push(step);
  }
  for (const step of history) for (const entry of step.entries) account = post(account, entry);
  return { payout: history.at(-1)!.payout, account, history };
}

test("every state answers every event: by the table, or with a refusal that changes nothing", () => {
  for (const state of payoutStates) {
    for (const kind of kinds) {
      const frozen = kind === "found_paid";
      const before: Payout = { ...create(draft, "queued", noon).payout, state, frozen };
      const step = advance(before, eventOf(kind, 1));
      const to = leadsTo(state, kind);
      if (to === undefined) {
        assert.deepEqual(step, refuse("wrong_state", { state, event: kind }));
        continue;
      }
      assert.ok(!isRefusal(step));
      assert.equal(step.payout.state, to);
      assert.equal(step.payout.version, before.version + 1);
      assert.deepEqual(
        step.events.map((event) => event.version),
        [step.payout.version],
      );
      const looked = holdingStates.has(to) && kind !== "parked";
      assert.equal(step.payout.nextAt !== null, looked, "exactly what holds money is looked at again");
    }
  }
});

test("money is held exactly while a payout is in a holding state, and ends paid out or available", () => {
  fc.assert(
    fc.property(fc.boolean(), fc.array(fc.constantFrom(...kinds), { maxLength: 40 }), (approval, tries) => {
      let step = create(draft, approval ? "awaiting_approval" : "queued", noon);
      let account: Account = {
        ...emptyAccount("1", "EUR"),
        balances: { available: 20_000n, held: 0n, paid_out: 0n, funding: -20_000n },
      };
      const steps = new Set<string>();
      for (const kind of [undefined, ...tries]) {
        const next = kind === undefined ? step : advance(step.payout, eventOf(kind, step.payout.attempt));
        if (isRefusal(next)) continue;
        step = next;
        for (const entry of step.entries) {
          const key = `${entry.hold} ${entry.kind}`;
          assert.ok(!steps.has(key), "a money step happens once per hold");
          steps.add(key);
          account = post(account, entry);
        }
        const { available, held, paid_out } = account.balances;
        assert.equal(held, holdingStates.has(step.payout.state) ? draft.amountMinor : 0n);
        assert.equal(paid_out, step.payout.state === "paid" ? draft.amountMinor : 0n);
        assert.equal(available + held + paid_out, 20_000n);
      }
    }),
    { numRuns: 2_000 },
  );
});

test("a payout in doubt keeps its money held and cannot be cancelled", () => {
  const { payout, account } = live(create(draft, "awaiting_approval", noon), "approved", "sent", "unanswered");
  assert.deepEqual(account.balances, { available: 87_500n, held: 12_500n, paid_out: 0n, funding: -100_000n });
  assert.deepEqual(
    advance(payout, { kind: "cancelled", at: noon }),
    refuse("wrong_state", { state: "in_doubt", event: "cancelled" }),
  );
});

test("a send that certainly did not leave puts the payout back in its queue, and it is not taken back any more", () => {
  const { payout, account } = live(create(draft, "queued", noon), "sent", "unsent");
  assert.deepEqual(
    [payout.state, payout.send, payout.firstSentAt, account.balances.held],
    ["queued", 1, null, 12_500n],
  );
  for (const kind of ["cancelled", "approval_withdrawn"] as const)
    assert.deepEqual(advance(payout, eventOf(kind, 1)), refuse("wrong_state", { state: "queued", event: kind }));
  const again = live({ payout, entries: [], events: [] }, "sent").payout;
  assert.deepEqual([again.state, again.send, again.firstSentAt], ["sent", 2, noon + 1]);
});

test("a parked payout keeps its money held and is not looked at until an operator lets it go on", () => {
  const { payout, account } = live(create(draft, "queued", noon), "sent", "unanswered", "parked");
  assert.deepEqual([payout.state, payout.frozen, payout.nextAt], ["in_doubt", true, null]);
  assert.equal(account.balances.held, 12_500n);
  const { payout: freed } = live({ payout: { ...payout, tries: 8 }, entries: [], events: [] }, "unfrozen");
  assert.deepEqual([freed.frozen, freed.nextAt, freed.tries], [false, noon + 1, 0]);
});

for (const [name, how] of Object.entries({
  failed: ["sent", "declined", "contradicted"],
  cancelled: ["cancelled", "contradicted"],
  queued: ["contradicted"],
} satisfies Record<string, PayoutEventKind[]>)) {
  test(`money that left a ${name} payout all the same is booked as paid out, and only while it waits for an operator`, () => {
    const { payout, account } = live(create(draft, "queued", noon), ...how, "found_paid");
    assert.deepEqual([payout.state, payout.paidAt, payout.failedAt], ["paid", noon + 1, null]);
    assert.deepEqual(account.balances, { available: 87_500n, held: 0n, paid_out: 12_500n, funding: -100_000n });
    const free = live(create(draft, "queued", noon), ...how, "unfrozen").payout;
    assert.deepEqual(
      advance(free, eventOf("found_paid", 1)),
      refuse("wrong_state", { state: name, event: "found_paid" }),
    );
  });
}

test("late truth resolves a payout in doubt", () => {
  const { payout, account } = live(create(draft, "queued", noon), "sent", "unanswered", "paid");
  assert.equal(payout.state, "paid");
  assert.equal(account.balances.paid_out, 12_500n);
});

test("an approval that is withdrawn gives the money back, and a second one holds it under a new number", () => {
  const { payout, account, history } = live(
    create(draft, "awaiting_approval", noon),
    "approved",
    "approval_withdrawn",
    "approved",
  );
  assert.equal(payout.hold, 2);
  assert.equal(account.balances.held, 12_500n);
  assert.deepEqual(
    history.flatMap((step) => step.entries.map((entry) => [entry.kind, entry.hold])),
    [
      ["hold", 1],
      ["release", 1],
      ["hold", 2],
    ],
  );
});

test("a return after paid gives the money back once", () => {
  const { payout, account } = live(create(draft, "queued", noon), "sent", "paid", "returned");
  assert.equal(account.balances.available, 100_000n);
  assert.ok(isRefusal(advance(payout, { kind: "returned", attempt: 1, at: noon })));
});

test("an answer about a closed attempt does not move the payout", () => {
  const { payout } = live(create(draft, "queued", noon), "sent", "declined", "retried", "sent");
  assert.equal(payout.attempt, 2);
  assert.deepEqual(advance(payout, { kind: "paid", attempt: 1, at: noon }), refuse("closed_attempt", { attempt: "1" }));
});

test("a frozen payout is neither sent, approved, cancelled nor tried again until it is unfrozen", () => {
  const { payout: queued } = live(create(draft, "queued", noon), "contradicted");
  for (const kind of ["sent", "cancelled", "approval_withdrawn"] as const) {
    assert.deepEqual(advance(queued, eventOf(kind, 1)), refuse("frozen", { event: kind }));
  }
  const { payout } = live(create(draft, "queued", noon), "sent", "declined", "contradicted");
  assert.deepEqual(advance(payout, { kind: "retried", at: noon }), refuse("frozen", { event: "retried" }));
  const { payout: freed } = live({ payout, entries: [], events: [] }, "unfrozen");
  assert.ok(!isRefusal(advance(freed, { kind: "retried", at: noon })));
});

test("money below the floor cannot be spent, and an entry that tries breaks its promise", () => {
  const account = {
    ...emptyAccount("1", "EUR"),
    balances: { available: 100n, held: 0n, paid_out: 0n, funding: -100n },
    floorMinor: 50n,
  };
  assert.ok(canSpend(account, 50n));
  assert.ok(!canSpend(account, 51n));
  const entry = { merchantId: "1", subjectId: "2", hold: 1, kind: "hold", currency: "EUR", amountMinor: 51n } as const;
  assert.throws(() => post(account, entry), /floor/);
  assert.equal(post({ ...account, floorMinor: null }, { ...entry, amountMinor: 500n }).balances.available, -400n);
});
