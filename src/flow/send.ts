import type { Attempt } from "../core/attempt.ts";
import type { Command, Decision } from "../core/command.ts";
import { advance, holdingStates, type Payout, type PayoutHistory } from "../core/payout.ts";
import type { RailPolicy } from "../core/rail.ts";
import { isRefusal, refuse } from "../core/refusal.ts";
import { communicationError, type Resolved } from "./heard.ts";
import { intend, type Tools } from "./intent.ts";
import { mostTries, park, type Parked } from "./park.ts";
import { pauseMs } from "./pause.ts";

/**
 * Sends a queued payout that is due. Whoever commits this first has it: a second one finds it sent, and is refused.
 * The caller holds a permit of the rail; `rail` is refused when the payout goes over another one. One that was taken on too often
 * is parked instead: then there is no order.
 */
export function sendPayout(merchantId: string, payoutId: string, rail: string, tools: Tools): Command<Resolved> {
  return {
    kind: "send",
    merchantId,
    urgent: true,
    payouts: [payoutId],
    decide(view) {
      const payout = view.payout(payoutId);
      const attempt = view.attempt(payoutId);
      if (payout === undefined || attempt === undefined) return refuse("unknown_payout");
      if (payout.state !== "queued" || (payout.nextAt ?? 0) > view.now || attempt.rail !== rail) {
        return refuse("wrong_state", { state: payout.state, event: "sent" });
      }
      if (payout.frozen) return refuse("frozen", { event: "sent" });
      if (payout.tries >= mostTries) {
        const parked = park(payout, "poison", { while: "sending", tries: String(payout.tries) }, view.now);
        return isRefusal(parked) ? parked : stopped(parked, { heard: null, order: null });
      }
      const sent = intend(payout, attempt, view.now, tools);
      if (isRefusal(sent)) return sent;
      const { order, entries, events } = sent;
      return {
        answer: { payout: order.payout, heard: null, order },
        changes: { payouts: [order.payout], sends: [order.send], entries, events },
      };
    },
  };
}

/** What has to be asked of a bank about a payout. */
export interface Question {
  readonly payout: Payout;
  readonly attempt: number;
  readonly reference: string;
  readonly rail: string;
  /** What was sent under that reference. */
  readonly amountMinor: bigint;
  /** Sends up to this one are barred by asking, where the rail does that. */
  readonly fence: number;
  /** The database's clock when it was taken on. */
  readonly askedAt: number;
  /** Whether the attempt was over then. */
  readonly over: boolean;
}

export interface Asked {
  readonly payout: Payout;
  /** Null: nobody is asked, because the payout was parked. */
  readonly question: Question | null;
}

/** The attempt that somebody has news of. */
export type Hinted = Pick<Attempt, "attempt" | "reference" | "rail" | "amountMinor">;

/** How long one question may take before it is asked again. */
const questionMs = 15_000;

/**
 * Takes on the asking of the bank about a payout, so that nobody else asks meanwhile. A lease that ran out turns the payout
 * into one in doubt. `hinted`: somebody says that there is news of that attempt, so it is asked even when it is not due, or
 * over; an attempt before the latest one is asked about where it went, by the reference it had. Where nobody can be asked, and
 * where it was taken on too often, a payout that is due is parked.
 */
export function askAbout(
  merchantId: string,
  payoutId: string,
  hinted: Hinted | null,
  rules: RailPolicy,
): Command<Asked> {
  return {
    kind: "ask",
    merchantId,
    urgent: true,
    payouts: [payoutId],
    decide(view) {
      const payout = view.payout(payoutId);
      const latest = view.attempt(payoutId);
      if (payout === undefined || latest === undefined) return refuse("unknown_payout");
      const no = refuse("wrong_state", { state: payout.state, event: "ask" });
      const earlier = hinted !== null && hinted.attempt < payout.attempt;
      const { attempt, reference, rail, amountMinor } = earlier ? hinted : latest;
      if (rail !== rules.name) return no;
      const fence = earlier ? allSends : payout.send;
      const over = earlier || !holdingStates.has(payout.state);
      const ask = { attempt, reference, rail, amountMinor, fence, askedAt: view.now, over };
      const mute = rules.class === "neither";
      if (earlier || payout.nextAt === null || payout.state === "queued") {
        const worth = hinted !== null && (earlier || payout.send > 0);
        return worth && !mute ? { answer: { payout, question: { ...ask, payout } }, changes: {} } : no;
      }
      // While a send is under way its own answer is on its way too, and goes first.
      if (payout.nextAt > view.now && (hinted === null || payout.state === "sent" || mute)) return no;
      const doubted = payout.state === "sent" ? doubt(payout, view.now) : { payout, entries: [], events: [] };
      if (isRefusal(doubted)) return doubted;
      if (mute || (hinted === null && payout.tries >= mostTries)) {
        const facts = { while: "asking", tries: String(payout.tries) };
        const parked = mute
          ? park(doubted.payout, "silence", { attempt: String(attempt) }, view.now)
          : park(doubted.payout, "poison", facts, view.now);
        return isRefusal(parked) ? parked : stopped(parked, { question: null }, doubted.events);
      }
      const asks = Math.min(payout.asks + 1, mostAsks);
      const tries = hinted === null ? payout.tries + 1 : payout.tries;
      const nextAt = view.now + questionMs + pauseMs(asks, payout.id);
      const asked: Payout = { ...doubted.payout, asks, tries, nextAt };
      return {
        answer: { payout: asked, question: { ...ask, payout: asked } },
        changes: { payouts: [asked], events: doubted.events },
      };
    },
  };
}

/** No answer came in time: what became of the send is unknown. */
const doubt = (payout: Payout, at: number) =>
  advance(payout, { kind: "unanswered", attempt: payout.attempt, fault: communicationError, at });

const stopped = <A extends object>(
  { payout, events, incidents }: Parked,
  answer: A,
  before: readonly PayoutHistory[] = [],
): Decision<A & { payout: Payout }> => ({
  answer: { ...answer, payout },
  changes: { payouts: [payout], events: [...before, ...events], incidents },
});

/** Beyond any number that a send has. */
const allSends = 32_767;
/** Questions are counted up to this: the pause between them has long stopped growing. */
const mostAsks = 32_000;
