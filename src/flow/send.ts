import type { Attempt } from "../core/attempt.ts";
import type { Command } from "../core/command.ts";
import { advance, type Payout } from "../core/payout.ts";
import { isRefusal, refuse } from "../core/refusal.ts";
import { communicationError, type Resolved } from "./answer.ts";
import { askPauseMs, intend, mostSends, type Tools } from "./intent.ts";

/**
 * Sends a queued payout that is due. Whoever commits this first has it: a second one finds it sent, and is refused.
 * The caller holds a permit of the rail; `rail` is refused when the payout goes over another one.
 */
export function sendPayout(merchantId: string, payoutId: string, rail: string, tools: Tools): Command<Resolved> {
  return {
    kind: "send",
    merchantId,
    urgent: false,
    payouts: [payoutId],
    decide(view) {
      const payout = view.payout(payoutId);
      const attempt = view.attempt(payoutId);
      if (payout === undefined || attempt === undefined) return refuse("unknown_payout");
      if (payout.state !== "queued" || (payout.nextAt ?? 0) > view.now || attempt.rail !== rail) {
        return refuse("wrong_state", { state: payout.state, event: "sent" });
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
  /** Sends up to this one are barred by asking, where the rail does that. */
  readonly fence: number;
  /** The database's clock when it was taken on. */
  readonly askedAt: number;
}

/** The attempt that somebody has news of. */
export type Hinted = Pick<Attempt, "attempt" | "reference" | "rail">;

/** How long one question may take before it is asked again. */
const questionMs = 15_000;

/**
 * Takes on the asking of the bank about a payout, so that nobody else asks meanwhile. A lease that ran out turns the payout
 * into one in doubt. `hinted`: somebody says that there is news of that attempt, so it is asked even when it is not due, or
 * over; an attempt before the latest one is asked about where it went, by the reference it had.
 */
export function askAbout(merchantId: string, payoutId: string, hinted: Hinted | null): Command<Question> {
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
      if (hinted !== null && hinted.attempt < payout.attempt) {
        const { attempt, reference, rail } = hinted;
        return { answer: { payout, attempt, reference, rail, fence: mostSends, askedAt: view.now }, changes: {} };
      }
      const question = {
        attempt: latest.attempt,
        reference: latest.reference,
        rail: latest.rail,
        fence: payout.send,
        askedAt: view.now,
      };
      if (payout.nextAt === null || payout.state === "queued") {
        return hinted !== null && payout.send > 0 ? { answer: { ...question, payout }, changes: {} } : no;
      }
      // While a send is under way its own answer is on its way too, and goes first.
      if (payout.nextAt > view.now && (hinted === null || payout.state === "sent")) return no;
      const asks = Math.min(payout.asks + 1, mostAsks);
      const doubted = payout.state === "sent" ? doubt(payout, view.now) : { payout, entries: [], events: [] };
      if (isRefusal(doubted)) return doubted;
      const asked: Payout = { ...doubted.payout, asks, nextAt: view.now + questionMs + askPauseMs(asks) };
      return { answer: { ...question, payout: asked }, changes: { payouts: [asked], events: doubted.events } };
    },
  };
}

/** No answer came in time: what became of the send is unknown. */
const doubt = (payout: Payout, at: number) =>
  advance(payout, { kind: "unanswered", attempt: payout.attempt, fault: communicationError, at });

/** Questions are counted up to this: the pause between them has long stopped growing. */
const mostAsks = 32_000;
