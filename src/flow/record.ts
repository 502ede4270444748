import type { Answer, Incident } from "../core/attempt.ts";
import type { Decision, View } from "../core/command.ts";
import type { Payout, PayoutHistory } from "../core/payout.ts";
import type { Entry } from "../core/ledger.ts";
import type { Heard, Resolved } from "./heard.ts";
import type { SendOrder } from "./intent.ts";
import { pauseMs } from "./pause.ts";

/** One thing after another that an answer makes of a payout. */
export interface Consequence {
  readonly payout: Payout;
  readonly entries: readonly Entry[];
  readonly events: readonly PayoutHistory[];
  readonly incidents?: readonly Incident[];
}

/** An answer that is news is kept as evidence, together with all that it brings about. */
export function record(
  steps: readonly Consequence[],
  heard: Heard,
  closes: boolean,
  now: number,
  order: SendOrder | null = null,
): Decision<Resolved> {
  const last = steps.at(-1)!.payout;
  const answer = last.answers + 1;
  const tries = order !== null || heard.ourFault === true ? last.tries : 0;
  const payout: Payout = {
    ...last,
    answers: answer,
    tries,
    nextAt: order === null ? nextLook(last, heard, now) : last.nextAt,
  };
  const { merchantId, payoutId, attempt, source } = heard;
  const { verdict, fault, code, message, bankId, raw } = heard.answer;
  const evidence = { verdict, fault, code, message, bankId, raw };
  const recorded: Answer = { merchantId, payoutId, attempt, answer, source, ...evidence, closes, at: now };
  return {
    answer: { payout, heard: recorded, order: order === null ? null : { ...order, payout } },
    changes: {
      payouts: [payout],
      sends: order === null ? [] : [order.send],
      answers: [recorded],
      entries: steps.flatMap((step) => step.entries),
      events: steps.flatMap((step) => step.events),
      incidents: steps.flatMap((step) => step.incidents ?? []),
    },
  };
}

/** When to ask next. Where nobody can be asked, a transfer that was accepted is given the time that the bank may take. */
function nextLook(payout: Payout, { rules }: Heard, now: number): number | null {
  const { state, nextAt } = payout;
  if (nextAt === null || (state !== "accepted" && state !== "in_doubt")) return nextAt;
  return now + Math.max(pauseMs(payout.asks, payout.id), rules.class === "neither" ? rules.horizonMs : 0);
}

/** No news: nothing changes but when to ask again. */
export function wait(view: View, payout: Payout): Decision<Resolved> {
  if (payout.nextAt === null) return unchanged(payout);
  const later = { ...payout, tries: 0, nextAt: view.now + pauseMs(payout.asks, payout.id) };
  return { answer: { payout: later, heard: null, order: null }, changes: { payouts: [later] } };
}

export const unchanged = (payout: Payout): Decision<Resolved> => ({
  answer: { payout, heard: null, order: null },
  changes: {},
});
