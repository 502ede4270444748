import type { Answer, AnswerSource, Attempt, Incident } from "../core/attempt.ts";
import type { Command, Decision, View } from "../core/command.ts";
import { advance, type Payout, type PayoutEvent, type Step } from "../core/payout.ts";
import { isRefusal, refuse, type Refusal } from "../core/refusal.ts";
import { askPauseMs, intend, mostSends, resendWithinMs, type SendOrder, type Tools } from "./intent.ts";

/** What a rail answered, or that it did not, about one attempt. */
export interface Heard {
  readonly merchantId: string;
  readonly payoutId: string;
  readonly attempt: number;
  /** The latest send that it can speak of: the one that it answers, or the latest one when the bank was asked. */
  readonly send: number;
  /** When the bank was asked, by the database's clock; for other answers, when they were sent for. */
  readonly askedAt: number;
  readonly source: AnswerSource;
  readonly answer: Pick<Answer, "verdict" | "fault" | "code" | "message" | "bankId" | "raw">;
  /** The rail's rules, as far as they decide when "never received" may be believed, and whether it may be sent again. */
  readonly rules: {
    readonly rail: string;
    readonly fences: boolean;
    readonly horizonMs: number;
    readonly resends: boolean;
  };
  /** Whether the rail has room for one more send, should that be what follows. */
  readonly permit: boolean;
}

export interface Resolved {
  readonly payout: Payout;
  /** The answer, if it was news and so was recorded. */
  readonly heard: Answer | null;
  /** Committed to be sent again, now, under the same reference. */
  readonly order: SendOrder | null;
}

/**
 * Takes in an answer: money moves, is released or stays held. Late truth resolves a payout in doubt; old news changes
 * nothing; what contradicts a final outcome changes no state, but freezes the payout and opens an incident.
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
      if (!isStale(payout, heard) && contradicts(payout, heard)) return freeze(payout, heard, view.now);
      const open = heard.attempt === payout.attempt && payout.send > 0;
      if (!open || isStale(payout, heard)) return unchanged(payout);
      return neverReceived(view, payout, attempt, heard, tools) ?? follow(view, payout, heard);
    },
  };
}

/** "Nothing came" from before the latest send says nothing about that send, which may be paid. */
const isStale = (payout: Payout, { attempt, send, answer }: Heard): boolean =>
  attempt === payout.attempt &&
  send < payout.send &&
  (answer.verdict === "never_received" || answer.verdict === "unanswered");

/** "Never received" counts once the latest send can no longer arrive: because asking barred it, or because it was long ago. */
const isBelieved = (payout: Payout, { rules, askedAt, source }: Heard): boolean =>
  source !== "reply" && (rules.fences || askedAt >= (payout.sendDeadlineAt ?? Infinity) + rules.horizonMs);

/** Whether the answer speaks against an outcome that was final: money where we say none moved, or none where we say paid. */
function contradicts(payout: Payout, heard: Heard): boolean {
  const { attempt, answer } = heard;
  const moved = answer.verdict === "paid" || answer.verdict === "returned" || answer.verdict === "accepted";
  const none = answer.verdict === "declined" || (answer.verdict === "never_received" && isBelieved(payout, heard));
  if (attempt < payout.attempt || payout.send === 0) return moved; // that attempt failed, or never left
  if (payout.state === "paid" || payout.state === "returned") return none;
  if (payout.state === "failed" || payout.state === "cancelled") return moved;
  return payout.state === "accepted" && answer.verdict === "never_received" && isBelieved(payout, heard);
}

function freeze(payout: Payout, heard: Heard, now: number): Decision<Resolved> | Refusal {
  if (payout.frozen) return unchanged(payout); // its incident is open already
  const step = advance(payout, { kind: "contradicted", at: now });
  if (isRefusal(step)) return step;
  const incident: Incident = {
    merchantId: payout.merchantId,
    payoutId: payout.id,
    version: step.payout.version,
    kind: "contradiction",
    facts: { state: payout.state, attempt: String(heard.attempt), source: heard.source, verdict: heard.answer.verdict },
    at: now,
  };
  return write([step], heard, false, now, [incident]);
}

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
  const inTime = view.now < (payout.sendDeadlineAt ?? 0) + heard.rules.horizonMs + resendWithinMs;
  const again = heard.rules.resends && payout.send < mostSends && inTime;
  if (!again) {
    const fault = payout.fault ?? communicationError;
    const step = advance(payout, { kind: "never_received", attempt: payout.attempt, fault, at: view.now });
    return isRefusal(step) ? step : write([step], { ...heard, answer: { ...heard.answer, fault } }, true, view.now);
  }
  if (!heard.permit) return wait(view, payout);
  const sent = intend(payout, attempt, view.now, tools);
  return isRefusal(sent) ? sent : write([sent], heard, false, view.now, [], sent.order);
}

/** The lawful consequences of an answer about the open attempt. */
function follow(view: View, payout: Payout, heard: Heard): Decision<Resolved> | Refusal {
  const steps: Step[] = [];
  let now = payout;
  for (const event of consequences(payout, heard, view.now)) {
    const step = advance(now, event);
    if (isRefusal(step)) break; // no news in this state
    steps.push(step);
    now = step.payout;
  }
  if (steps.length === 0) return wait(view, payout);
  const closes = steps.some((step) => step.payout.state === "paid" || step.payout.state === "failed");
  return write(steps, heard, closes, view.now);
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
    case "never_received":
      return [{ kind: "unanswered", attempt, fault, at }];
  }
}

export const communicationError = { error: "acquirer_communication_error", errorState: "processing_error" } as const;

/** No news: nothing changes but when to ask again. */
function wait(view: View, payout: Payout): Decision<Resolved> {
  if (payout.nextAt === null) return unchanged(payout);
  const later = { ...payout, nextAt: view.now + askPauseMs(payout.asks) };
  return { answer: { payout: later, heard: null, order: null }, changes: { payouts: [later] } };
}

const unchanged = (payout: Payout): Decision<Resolved> => ({
  answer: { payout, heard: null, order: null },
  changes: {},
});

function write(
  steps: readonly Step[],
  heard: Heard,
  closes: boolean,
  now: number,
  incidents: readonly Incident[] = [],
  order: SendOrder | null = null,
): Decision<Resolved> {
  const last = steps.at(-1)!.payout;
  const answer = last.answers + 1;
  const asks = order === null && (last.state === "accepted" || last.state === "in_doubt");
  const asking = asks ? now + askPauseMs(last.asks) : last.nextAt;
  const payout: Payout = { ...last, answers: answer, nextAt: asking };
  const { merchantId, payoutId, attempt, source } = heard;
  const recorded: Answer = { ...heard.answer, merchantId, payoutId, attempt, answer, source, closes, at: now };
  return {
    answer: { payout, heard: recorded, order: order === null ? null : { ...order, payout } },
    changes: {
      payouts: [payout],
      sends: order === null ? [] : [order.send],
      answers: [recorded],
      entries: steps.flatMap((step) => step.entries),
      events: steps.flatMap((step) => step.events),
      incidents,
    },
  };
}
