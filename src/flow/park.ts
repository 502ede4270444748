import type { Incident, IncidentKind } from "../core/attempt.ts";
import type { Command } from "../core/command.ts";
import { advance, holdingStates, type Payout, type PayoutHistory } from "../core/payout.ts";
import { isRefusal, refuse, type Refusal } from "../core/refusal.ts";

/** So often in a row a payout is taken on, the process being killed or nothing coming of it, before it is parked. */
export const mostTries = 8;

/** A payout is taken to be stuck when it has been due for so long and nobody has carried it on. */
const stuckMs = 30_000;

export interface Parked {
  readonly payout: Payout;
  readonly entries: readonly [];
  readonly events: readonly PayoutHistory[];
  readonly incidents: readonly Incident[];
}

/**
 * Lets a payout stand until an operator decides: its money stays held, it is not looked at any more, and it has an incident. One
 * that waits for an operator already gets no second incident.
 */
export function park(payout: Payout, kind: IncidentKind, facts: Incident["facts"], at: number): Parked | Refusal {
  if (payout.frozen) return { payout: { ...payout, nextAt: null }, entries: [], events: [], incidents: [] };
  const step = advance(payout, { kind: "parked", at });
  if (isRefusal(step)) return step;
  const { merchantId, id: payoutId } = payout;
  const { version } = step.payout;
  const incident: Incident = { merchantId, payoutId, version, kind, facts: { state: payout.state, ...facts }, at };
  return { payout: step.payout, entries: [], events: step.events, incidents: [incident] };
}

/** Parks a payout whose commands keep breaking. Refuses one that has not been due for long: somebody else may carry it on. */
export function parkPayout(
  merchantId: string,
  payoutId: string,
  facts: Incident["facts"],
): Command<{ payout: Payout }> {
  return {
    kind: "park",
    merchantId,
    urgent: true,
    payouts: [payoutId],
    decide(view) {
      const payout = view.payout(payoutId);
      if (payout === undefined) return refuse("unknown_payout");
      const stuck = holdingStates.has(payout.state) && payout.nextAt !== null && payout.nextAt <= view.now - stuckMs;
      if (!stuck) return refuse("wrong_state", { state: payout.state, event: "parked" });
      const parked = park(payout, "poison", facts, view.now);
      if (isRefusal(parked)) return parked;
      const { events, incidents } = parked;
      return { answer: { payout: parked.payout }, changes: { payouts: [parked.payout], events, incidents } };
    },
  };
}
