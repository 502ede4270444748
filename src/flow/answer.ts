import type { Attempt } from "../core/attempt.ts";
import type { Command, Decision, View } from "../core/command.ts";
import { advance, type Payout, type PayoutEvent } from "../core/payout.ts";
import { isRefusal, refuse, type Refusal } from "../core/refusal.ts";
import { hasNotLeft, isBelieved, isOnlySend, isStale, mayResend } from "./belief.ts";
import { contradicts, freeze } from "./contradiction.ts";
import { communicationError, type Heard, type Resolved } from "./heard.ts";
import { intend, type Tools } from "./intent.ts";
import { park } from "./park.ts";
import { pauseMs } from "./pause.ts";
import { record, unchanged, wait, type Consequence } from "./record.ts";

/**
 * Takes in an answer: money moves, is released or stays held. Late truth resolves a payout in doubt; old news changes
 * nothing; what contradicts a final outcome changes no state, but freezes the payout and opens an incident. A callback is no
 * evidence, only a reason to ask.
 */
export function takeAnswer(heard: Heard, tools: Tools): Command<Resolved> {
  return {
    kind: "answer",
    merchantId: heard.merchantId,
    urgent: true,
    payouts: [heard.payoutId],
    decide(view) {
      const payout = view.payout(heard.payoutId);
      const attempt = view.attempt(heard.payoutId);
      if (payout === undefined || attempt === undefined) return refuse("unknown_payout");
      if (heard.attempt > payout.attempt) return refuse("closed_attempt", { attempt: String(heard.attempt) });
      if (heard.source === "callback" || isStale(payout, heard)) return unchanged(payout);
      if (contradicts(payout, heard)) return freeze(view, payout, heard, tools);
      if (heard.attempt < payout.attempt || hasNotLeft(payout)) return unchanged(payout);
      return (
        didNotLeave(view, payout, heard) ??
        neverReceived(view, payout, attempt, heard, tools) ??
        follow(view, payout, heard)
      );
    },
  };
}

/** Certainly not a byte of the only send left, so it is queued as before, to be sent after a pause. */
function didNotLeave(view: View, payout: Payout, heard: Heard): Decision<Resolved> | Refusal | null {
  if (heard.answer.verdict !== "unsent" || !isOnlySend(payout)) return null;
  const step = advance(payout, { kind: "unsent", attempt: payout.attempt, at: view.now });
  if (isRefusal(step)) return null; // its bank was asked meanwhile, and has answered
  const nextAt = view.now + pauseMs(payout.send, payout.id, ourFaultOr(heard, unsentPauseMs));
  return record([{ ...step, payout: { ...step.payout, nextAt } }], heard, false, view.now);
}

/** The longest pause after a send that did not leave because its bank was out of reach, or because its time was up. */
const unsentPauseMs = 60_000;
const ourFaultOr = ({ ourFault }: Heard, pause: number): number | undefined => (ourFault === true ? undefined : pause);

/** The bank has never seen it, and that may be believed: the same reference goes once more, or the payout has failed. */
function neverReceived(
  view: View,
  payout: Payout,
  attempt: Attempt,
  heard: Heard,
  tools: Tools,
): Decision<Resolved> | Refusal | null {
  if (heard.answer.verdict !== "never_received" || payout.state !== "in_doubt") return null;
  if (!isBelieved(payout, heard) || payout.frozen) return wait(view, payout);
  if (!mayResend(payout, attempt, heard.rules, view.now)) {
    const fault = payout.fault ?? communicationError;
    const step = advance(payout, { kind: "never_received", attempt: payout.attempt, fault, at: view.now });
    return isRefusal(step) ? step : record([step], { ...heard, answer: { ...heard.answer, fault } }, true, view.now);
  }
  if (!heard.permit) return wait(view, payout);
  const sent = intend({ ...payout, tries: 0 }, attempt, view.now, tools);
  return isRefusal(sent) ? sent : record([sent], heard, false, view.now, sent.order);
}

/** The lawful consequences of an answer about the open attempt. */
function follow(view: View, payout: Payout, heard: Heard): Decision<Resolved> | Refusal {
  const steps: Consequence[] = [];
  let now = payout;
  for (const event of consequences(payout, heard, view.now)) {
    const step = advance(now, event);
    if (isRefusal(step)) break; // no news in this state
    steps.push(step);
    now = step.payout;
  }
  if (steps.length === 0) return wait(view, payout);
  if (now.state === "in_doubt" && heard.rules.class === "neither") {
    const parked = park(now, "silence", { attempt: String(now.attempt) }, view.now); // there is nobody to ask
    if (isRefusal(parked)) return parked;
    steps.push(parked);
  }
  const closes = steps.some((step) => step.payout.state === "paid" || step.payout.state === "failed");
  return record(steps, heard, closes, view.now);
}

function consequences(payout: Payout, { attempt, answer }: Heard, at: number): PayoutEvent[] {
  const fault = answer.fault ?? communicationError;
  switch (answer.verdict) {
    case "paid":
    case "accepted":
      return [{ kind: answer.verdict, attempt, at }];
    case "returned": // perhaps nobody told us that it was paid before
      return payout.state === "paid"
        ? [{ kind: "returned", attempt, at }]
        : [
            { kind: "paid", attempt, at },
            { kind: "returned", attempt, at },
          ];
    case "declined":
      return [{ kind: "declined", attempt, fault, at }];
    case "unanswered":
    case "unsent":
    case "never_received":
      return [{ kind: "unanswered", attempt, fault, at }];
  }
}
