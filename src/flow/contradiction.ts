import type { Incident } from "../core/attempt.ts";
import type { Decision, View } from "../core/command.ts";
import { advance, type Payout } from "../core/payout.ts";
import { isRefusal, type Refusal } from "../core/refusal.ts";
import { hasNotLeft, isBelieved } from "./belief.ts";
import type { Heard, Resolved } from "./heard.ts";
import type { Tools } from "./intent.ts";
import { record, unchanged, wait } from "./record.ts";

/**
 * Whether the answer speaks against what is final, or against what was sent: money where we say none moved, none where we say
 * paid, or another amount.
 */
export function contradicts(payout: Payout, heard: Heard): boolean {
  const { attempt, answer } = heard;
  if (heard.differs === true && heard.source !== "reply") return true;
  const isFinal = answer.verdict !== "accepted" || heard.afterEnd === true; // else it may be from before the end
  const moved = saysMoved(heard) && (isFinal || (attempt === payout.attempt && hasNotLeft(payout)));
  const none = answer.verdict === "declined" || (answer.verdict === "never_received" && isBelieved(payout, heard));
  if (attempt < payout.attempt || hasNotLeft(payout)) return moved; // that attempt failed, or never left
  if (payout.state === "paid" || payout.state === "returned") return none;
  if (payout.state === "failed" || payout.state === "cancelled") return moved;
  return payout.state === "accepted" && answer.verdict === "never_received" && isBelieved(payout, heard);
}

/**
 * Changes no state, but freezes the payout and opens an incident: once for the same evidence, so that what an operator has dealt
 * with does not come back, and what is new does.
 */
export function freeze(view: View, payout: Payout, heard: Heard, tools: Tools): Decision<Resolved> | Refusal {
  const mark = markOf(heard, tools);
  const asked = heard.attempt === payout.attempt && (payout.state === "accepted" || payout.state === "in_doubt");
  if (payout.contradictedBy.includes(mark)) return asked ? wait(view, payout) : unchanged(payout);
  const step = advance(payout, { kind: "contradicted", at: view.now });
  if (isRefusal(step)) return step;
  const incident: Incident = {
    merchantId: payout.merchantId,
    payoutId: payout.id,
    version: step.payout.version,
    kind: "contradiction",
    facts: { state: payout.state, attempt: String(heard.attempt), source: heard.source, verdict: saidBy(heard) },
    at: view.now,
  };
  const contradictedBy = [...payout.contradictedBy, mark].slice(-mostMarks);
  const frozen = { ...step, payout: { ...step.payout, contradictedBy }, incidents: [incident] };
  return record([frozen], heard, false, view.now);
}

/** Marks kept of one payout: a bank that tells something else every time does not fill the books. */
const mostMarks = 16;

const saysMoved = ({ answer: { verdict } }: Heard): boolean =>
  verdict === "paid" || verdict === "returned" || verdict === "accepted";

const saidBy = ({ answer, differs }: Heard): string =>
  differs === true ? "another amount or currency" : answer.verdict;

/** What tells two pieces of evidence apart: the attempt, which way it speaks, and which of the bank's transfers it is about. */
function markOf(heard: Heard, tools: Tools): string {
  const { bankId } = heard.answer;
  if (heard.differs === true) return `${heard.attempt}?`;
  if (!saysMoved(heard)) return noneMoved(heard.attempt);
  return `${heard.attempt}+${bankId === null ? "" : tools.digest(bankId).slice(0, 8)}`;
}

/** The mark of evidence that no money of an attempt moved. */
export const noneMoved = (attempt: number): string => `${attempt}-`;
