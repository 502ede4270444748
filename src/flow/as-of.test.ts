import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Answer, Attempt } from "../core/attempt.ts";
import type { VaultFacts } from "../core/parties.ts";
import { advance, create, transitions, type Payout, type PayoutEvent, type PayoutHistory } from "../core/payout.ts";
import { isRefusal } from "../core/refusal.ts";
import type { AttemptStory, Story } from "../core/story.ts";
import { asOf } from "./as-of.ts";
import { communicationError } from "./heard.ts";

/** A payout through one version after another: what it was at each, and what had been answered by then. */
interface Life {
  readonly moments: { payout: Payout; event: PayoutHistory; answers: number }[];
  readonly attempts: Attempt[];
  readonly answers: Answer[];
}

const kinds = [...new Set(Object.values(transitions).flatMap((moves) => Object.keys(moves)))] as PayoutEvent["kind"][];
/** What keeps a life going comes more often than what ends it. */
const likely = (["sent", "unanswered", "unfrozen", "retried", "retry_asked"] as const).flatMap((kind) =>
  Array(6).fill(kind),
);
const all: PayoutEvent["kind"][] = [...kinds, "contradicted", "parked", ...likely];
const ends = new Set(["paid", "declined", "never_received", "refused"]);
const told = new Set([...ends, "accepted", "unanswered", "unsent", "returned", "contradicted", "found_paid"]);
/** What happens at the same instant, because it is decided together. */
const sameCommit = new Set([
  "created sent",
  "created refused",
  "retried sent",
  "retry_asked refused",
  "unanswered parked",
]);
const faulty = new Set(["refused", "declined", "unanswered", "never_received"]);
const faults = [communicationError, { error: "insufficient_funds", errorState: "soft_declined" }] as const;

/** Lives a payout by `choices` among what can happen to it then, until `barred` would. */
function live(choices: readonly number[], ...barred: PayoutEvent["kind"][]): Life {
  const draft = { merchantId: "1", id: "2", handle: "p", door: "frisbii", customer: "c", text: null } as const;
  const start = (choices[0] ?? 0) % 2 === 0 ? "queued" : "awaiting_approval";
  let at = Date.UTC(2026, 0, 1);
  let { payout, events } = create({ ...draft, rail: "r1", amountMinor: 100n, currency: "EUR", dueAt: at }, start, at);
  const life: Life = { moments: [], attempts: [], answers: [] };
  const begin = () =>
    life.attempts.push({ attempt: payout.attempt, amountMinor: payout.amountMinor, rail: payout.rail, at } as Attempt);
  const keep = () => life.moments.push({ payout, event: events[0]!, answers: life.answers.length });
  begin();
  keep();
  for (const choice of choices) {
    const possible = all.filter(
      (kind) => !isRefusal(advance(payout, { kind, attempt: payout.attempt, at } as PayoutEvent)),
    );
    const kind = possible[choice % possible.length];
    if (kind === undefined || barred.includes(kind)) break;
    const bank = told.has(kind);
    const fault = kind === "unanswered" ? communicationError : faulty.has(kind) ? faults[choice % 2]! : null;
    const why = fault === null ? {} : { fault };
    const together = sameCommit.has(`${events[0]!.kind} ${kind}`);
    const event = { kind, attempt: payout.attempt, ...why, at: together ? at : at + 1 + (choice % 3) } as PayoutEvent;
    const again = kind === "retried" || kind === "retry_asked";
    const asked = again ? { amountMinor: payout.amountMinor + 7n, rail: `r${choice % 3}` } : {};
    const step = advance({ ...payout, ...asked }, event);
    if (isRefusal(step)) continue;
    ({ payout, events } = step);
    at = event.at;
    if (again) begin();
    if (bank) {
      const answer = { attempt: payout.attempt, answer: life.answers.length + 1, at, closes: ends.has(kind) };
      const source = kind === "found_paid" ? "operator" : "reply";
      life.answers.push({ ...answer, source, fault } as Answer);
    }
    keep();
  }
  return life;
}

/** As it is read from the store: an operator's word, else the answer that closed, else the latest. */
function heardOf(answers: readonly Answer[], attempt: number): Answer | null {
  const about = answers.filter((answer) => answer.attempt === attempt);
  const stated = about.findLast(({ source }) => source === "operator");
  return stated ?? about.findLast(({ closes }) => closes) ?? about.at(-1) ?? null;
}
const storyNow = ({ moments, attempts, answers }: Life): Story => ({
  payout: moments.at(-1)!.payout,
  references: null,
  attempts: attempts.map((attempt): AttemptStory => ({
    attempt,
    vault: {} as VaultFacts,
    method: null,
    heard: heardOf(answers, attempt.attempt),
  })),
});

const choices = fc.array(fc.nat(1_000_000), { minLength: 1, maxLength: 50, size: "max" });
const beside = new Set(["contradicted", "parked", "unfrozen"]);

test("a payout at any of its events is as it was then, whatever has become of it", () => {
  const seen = new Set<string>();
  const look = (choices: readonly number[]) => {
    const life = live(choices);
    const now = storyNow(life);
    for (const { payout: was, event, answers } of life.moments) {
      seen.add(`${event.kind}/${event.state}`);
      const { payout, attempts } = asOf(now, event);
      const overruled = life.answers.some(({ source, attempt }) => source === "operator" && attempt === was.attempt);
      const where = `${event.kind}/${event.state} at ${event.version}`;
      for (const field of ["state", "version", "attempt", "amountMinor", "rail", "changedAt", "paidAt"] as const)
        assert.equal(payout[field], was[field], `${field} of ${where}`);
      if (!beside.has(event.kind) && was.paidAt === null) {
        assert.equal(payout.firstSentAt === null, was.firstSentAt === null, `whether anything had left, ${where}`);
        if (event.kind !== "refused") assert.equal(payout.send === 0, was.send === 0, `sends of ${where}`);
      }
      if (!overruled) {
        assert.equal(payout.failedAt, was.failedAt, `failedAt of ${where}`);
        assert.deepEqual(payout.fault, was.fault, `fault of ${where}`);
      }
      assert.equal(attempts.length, was.attempt);
      for (const { attempt, heard } of attempts) {
        const kept = heardOf(life.answers, attempt.attempt);
        const known = kept !== null && kept.answer <= answers ? kept : null;
        assert.deepEqual(heard, known, `what attempt ${attempt.attempt} had been answered, ${where}`);
      }
    }
  };
  fc.assert(fc.property(choices, look), { numRuns: 600 });

  const possible = Object.values(transitions).flatMap((moves) => Object.entries(moves).map((move) => move.join("/")));
  assert.deepEqual(
    possible.filter((topic) => !seen.has(topic)),
    [],
    "events that no life had",
  );
});

test("the same event gives the same payout however much later it is told", () => {
  const look = (choices: readonly number[]) => {
    const life = live(choices, "found_paid");
    life.moments.forEach(({ event }, index) => {
      const atOnce = storyNow({
        ...life,
        moments: life.moments.slice(0, index + 1),
        attempts: life.attempts.slice(0, event.attempt),
        answers: life.answers.slice(0, life.moments[index]!.answers),
      });
      const told = ({ payout, attempts }: Story) => {
        const { state, fault, attempt, changedAt, paidAt, failedAt, amountMinor, frozen } = payout;
        const ended = attempts.map(({ heard }) => (heard?.closes === true ? heard : null));
        return { state, fault, attempt, changedAt, paidAt, failedAt, amountMinor, frozen, ended };
      };
      assert.deepEqual(told(asOf(storyNow(life), event)), told(asOf(atOnce, event)), event.kind);
    });
  };
  fc.assert(fc.property(choices, look), { numRuns: 200 });
});
