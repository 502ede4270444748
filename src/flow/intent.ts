import type { Attempt, Send } from "../core/attempt.ts";
import { advance, type Payout, type Step } from "../core/payout.ts";
import { isRefusal, type Refusal } from "../core/refusal.ts";

/** Pure functions with a secret inside, handed to whoever builds commands: the same arguments give the same text. */
export interface Tools {
  /** The wire reference of an attempt, at most 20 characters. */
  reference(merchantPrefix: string, name: string, attempt: number): string;
  /** A short digest of a text. */
  digest(text: string): string;
  /** By reference, what banks have done for us that this database does not know (reference.ts); absent: nothing. */
  readonly forgotten?: ReadonlyMap<string, Forgotten>;
  /** Whether there may be more of that, which banks have not told yet: then no payout is said to have failed unsent. */
  readonly mayHaveForgotten?: boolean;
}

/** A transfer that a bank told of and that no attempt stands for: the database was restored to a time before it. */
export interface Forgotten {
  readonly rail: string;
  readonly status: "paid" | "accepted" | "declined" | "returned";
  readonly amountMinor: bigint;
  readonly currency: string;
}

/** From the commit of an intent, so long may pass until its first byte; after that it is never sent. */
export const sendWithinMs = 10_000;
/** After the deadline, so long may the bank take and its answer be under way before the silence is taken as silence. */
export const answerWithinMs = 15_000;
/** For so long after its last send an attempt that the bank never received is sent again. */
export const resendWithinMs = 3_600_000;
/** Sends of one attempt, all told: a bank that loses every one of them has failed. Those that certainly did not leave count too. */
export const mostSends = 3;

/** Everything that the engine needs to carry out a committed send. */
export interface SendOrder {
  readonly payout: Payout;
  readonly attempt: Attempt;
  readonly send: Send;
}

/** The payout as sent, with the intent of that very send: commit both, then send. The try is counted with it. */
export function intend(
  payout: Payout,
  attempt: Attempt,
  now: number,
  tools: Tools,
): (Step & { order: SendOrder }) | Refusal {
  const step = advance(payout, { kind: "sent", attempt: attempt.attempt, at: now });
  if (isRefusal(step)) return step;
  const deadlineAt = now + sendWithinMs;
  const tries = payout.tries + 1;
  const sent = { ...step.payout, tries, sendDeadlineAt: deadlineAt, nextAt: deadlineAt + answerWithinMs };
  const send: Send = {
    merchantId: payout.merchantId,
    payoutId: payout.id,
    attempt: attempt.attempt,
    send: sent.send,
    bodyHash: tools.digest(instructionText(sent, attempt)),
    deadlineAt,
    at: now,
  };
  return { ...step, payout: sent, order: { payout: sent, attempt, send } };
}

/** What the reference stands for, in one text; the card is named by its place in the vault, which never changes. */
const instructionText = (payout: Payout, attempt: Attempt): string =>
  JSON.stringify([
    attempt.reference,
    String(attempt.amountMinor),
    payout.currency,
    attempt.rail,
    attempt.vaultId,
    attempt.statementText,
    attempt.merchantReference,
    payout.handle,
  ]);
