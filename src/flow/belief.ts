import type { Attempt } from "../core/attempt.ts";
import type { Payout } from "../core/payout.ts";
import type { RailPolicy } from "../core/rail.ts";
import type { Heard } from "./heard.ts";
import { answerWithinMs, mostSends, resendWithinMs, sendWithinMs } from "./intent.ts";

/** What is told of an earlier send says nothing about the latest one, which may be paid. */
export const isStale = (payout: Payout, { attempt, send, answer: { verdict } }: Heard): boolean =>
  attempt === payout.attempt &&
  send < payout.send &&
  (verdict === "never_received" || verdict === "unanswered" || verdict === "unsent");

/** "Never received" counts once the latest send can no longer arrive: because asking barred it, or because it was long ago. */
export const isBelieved = (payout: Payout, { rules, askedAt, source }: Heard): boolean =>
  source !== "reply" && (rules.fences || askedAt >= (payout.sendDeadlineAt ?? Infinity) + rules.horizonMs);

/**
 * Whether what the bank never received may go once more under its reference: not over a rail that allows one send only, and where
 * the bank recognises a reference for some time only, not unless the send is certain to arrive within that time.
 */
export function mayResend(payout: Payout, attempt: Attempt, rules: RailPolicy, now: number): boolean {
  if (rules.class === "neither" || payout.send >= mostSends) return false;
  if (now >= (payout.sendDeadlineAt ?? 0) + rules.horizonMs + resendWithinMs) return false;
  if (rules.class === "asks" || rules.windowMs === undefined) return true;
  const underWayMs = sendWithinMs + Math.max(answerWithinMs, rules.horizonMs);
  return now + underWayMs <= (payout.firstSentAt ?? attempt.at) + rules.windowMs;
}

/** Whether no other send of the attempt can have left than the latest one. */
export const isOnlySend = ({ firstSentAt, sendDeadlineAt }: Payout): boolean =>
  firstSentAt !== null && sendDeadlineAt === firstSentAt + sendWithinMs;

/** Whether nothing of the latest attempt can have left. */
export const hasNotLeft = ({ send, state }: Payout): boolean => send === 0 || state === "queued";
