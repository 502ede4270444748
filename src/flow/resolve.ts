import type { Answer } from "../core/attempt.ts";
import type { Command, Decision } from "../core/command.ts";
import { canSpend } from "../core/ledger.ts";
import { advance, holdingStates, type Payout, type PayoutEvent, type Step } from "../core/payout.ts";
import { isRefusal, refuse, type Refusal } from "../core/refusal.ts";
import { noneMoved } from "./contradiction.ts";
import { communicationError } from "./heard.ts";

/** What an operator has established: the payout's money has left, or none of it has. */
export const statedOutcomes = ["paid", "failed"] as const;
export type StatedOutcome = (typeof statedOutcomes)[number];

export interface ResolutionRequest {
  readonly merchantId: string;
  readonly payoutId: string;
  readonly by: string;
  readonly reason: string;
  /** Null: nothing about its money changes, and it goes on from where it stands. */
  readonly outcome: StatedOutcome | null;
}

/**
 * An operator's decision about a frozen payout: it may go on. A stated outcome is evidence of its own rank, and leads where the
 * table of transitions lets it lead; what agrees with the state changes nothing about the money.
 *
 * Refuses: `wrong_state` when nothing waits for an operator, or when no transition fits; `payout_processing` while a send is on its
 * way and its own answer may still come; `insufficient_funds` when money that has left without being held would take the balance
 * below its floor, which the operator has to lower, or the balance to be funded, first.
 */
export function resolveIncident(request: ResolutionRequest): Command<{ payout: Payout }> {
  const { merchantId, payoutId, by, reason, outcome } = request;
  return {
    kind: "resolve",
    merchantId,
    urgent: false,
    payouts: [payoutId],
    decide(view): Decision<{ payout: Payout }> | Refusal {
      const payout = view.payout(payoutId);
      if (payout === undefined) return refuse("unknown_payout");
      if (!payout.frozen) return refuse("wrong_state", { state: payout.state, event: "unfrozen" });
      const event = outcome === null ? null : eventFor(payout, outcome, view.now);
      if (event !== null && isRefusal(event)) return event;
      const spends = event?.kind === "found_paid" && !holdingStates.has(payout.state);
      if (spends && !canSpend(view.account(payout.currency), payout.amountMinor))
        return refuse("insufficient_funds", { currency: payout.currency });

      const steps: Step[] = [];
      for (const next of [event, { kind: "unfrozen", at: view.now } as const]) {
        const step = next === null ? null : advance(steps.at(-1)?.payout ?? payout, next);
        if (step !== null && isRefusal(step)) return step;
        if (step !== null) steps.push(step);
      }
      const stated = outcome === null ? null : evidenceOf(payout, outcome, event, view.now);
      const last = steps.at(-1)!.payout;
      const resolved: Payout = {
        ...last,
        answers: stated?.answer ?? last.answers,
        // What an attempt failed on is known, and does not contradict the operator who says otherwise.
        contradictedBy: overrules(payout, event)
          ? [...last.contradictedBy, noneMoved(last.attempt)]
          : last.contradictedBy,
      };
      return {
        answer: { payout: resolved },
        changes: {
          payouts: [resolved],
          answers: stated === null ? [] : [stated],
          entries: steps.flatMap((step) => step.entries),
          events: steps.flatMap((step) => step.events),
          resolvedIncidents: [{ merchantId, payoutId, by, reason, at: view.now }],
        },
      };
    },
  };
}

/** What the outcome makes happen in this state; null: it agrees with it. */
function eventFor(payout: Payout, outcome: StatedOutcome, at: number): PayoutEvent | null | Refusal {
  const { state, attempt } = payout;
  if (state === "sent" && payout.nextAt !== null && payout.nextAt > at) return refuse("payout_processing", { state });
  const fault = payout.fault ?? communicationError;
  switch (state) {
    case "sent":
    case "accepted":
    case "in_doubt":
      return outcome === "paid" ? { kind: "paid", attempt, at } : { kind: "declined", attempt, fault, at };
    case "queued":
    case "awaiting_approval":
      return outcome === "paid" ? { kind: "found_paid", at } : { kind: "refused", fault, at };
    case "failed":
    case "cancelled":
      return outcome === "paid" ? { kind: "found_paid", at } : null;
    case "paid": // it was told as paid, so what came of it is told as a return
      return outcome === "paid" ? null : { kind: "returned", attempt, at };
    case "returned":
      return outcome === "failed" ? null : refuse("wrong_state", { state, event: "paid" });
  }
}

const overrules = (payout: Payout, event: PayoutEvent | null): boolean =>
  payout.state === "failed" && event?.kind === "found_paid";

/** The operator's word as evidence. It ends the attempt, unless a bank's word has ended it before. */
function evidenceOf(payout: Payout, outcome: StatedOutcome, event: PayoutEvent | null, at: number): Answer {
  const ended = payout.state === "failed" || payout.state === "paid" || payout.state === "returned";
  return {
    merchantId: payout.merchantId,
    payoutId: payout.id,
    attempt: payout.attempt,
    answer: payout.answers + 1,
    source: "operator",
    verdict: outcome === "paid" ? "paid" : "declined",
    fault: outcome === "paid" ? null : (payout.fault ?? communicationError),
    code: null,
    message: null,
    bankId: null,
    raw: "{}",
    closes: event !== null && !ended,
    at,
  };
}
