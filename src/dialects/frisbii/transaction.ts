import { toWire } from "../../core/money.ts";
import type { AttemptStory, Story } from "../../core/story.ts";
import { cardFacts, tellCard } from "./card.ts";
import { speakable } from "./speakable.ts";
import { timestamp, timestampOf } from "./timestamp.ts";

/** A transaction is an attempt: 16 hexadecimal digits of the payout's id, 16 of the attempt's number. */
export const transactionId = (payoutId: string, attempt: number): string =>
  BigInt(payoutId).toString(16).padStart(16, "0") + attempt.toString(16).padStart(16, "0");

/** The attempt of this payout that a transaction id stands for, if it is one that is told. */
export const attemptOf = (story: Story, id: string): AttemptStory | undefined =>
  toldAttempts(story).find(({ attempt }) => transactionId(story.payout.id, attempt.attempt) === id);

/** Attempts that have begun: one that waits for approval has not, and amounts beyond this API are left out. */
export const toldAttempts = ({ payout, attempts }: Story): readonly AttemptStory[] =>
  attempts.filter(
    ({ attempt }) =>
      speakable(attempt.amountMinor) && !(payout.state === "awaiting_approval" && attempt.attempt === payout.attempt),
  );

interface Outcome {
  readonly state: "processing" | "paid" | "failed";
  readonly paid?: string | undefined;
  readonly failed?: string | undefined;
  readonly error?: string | undefined;
  readonly error_state?: string | undefined;
}

/** How an attempt stands. Earlier ones have failed: there is no next attempt before that. */
function outcomeOf({ payout }: Story, { attempt, heard }: AttemptStory): Outcome {
  const latest = attempt.attempt === payout.attempt;
  const fault = heard?.fault ?? (latest ? payout.fault : null);
  const told = { error: fault?.error, error_state: fault?.errorState };
  if (!latest) return { state: "failed", failed: timestampOf(heard?.at ?? null), ...told };
  switch (payout.state) {
    case "paid":
    case "returned":
      return { state: "paid", paid: timestampOf(payout.paidAt) };
    case "failed":
      return { state: "failed", failed: timestampOf(payout.failedAt), ...told };
    case "cancelled": // the API has no cancelling: to its clients that is a failure which asking again cannot mend
      return { state: "failed", failed: timestamp(payout.changedAt), error: "cancelled", error_state: "hard_declined" };
    case "in_doubt": // money may have moved, which is what this error state warns of
      return { state: "processing", error: payout.fault?.error ?? told.error, error_state: "processing_error" };
    default:
      return { state: "processing" };
  }
}

/** `PayoutTransaction`. */
export function tellTransaction(story: Story, told: AttemptStory) {
  const { attempt, vault, method, heard } = told;
  const { state, paid, failed, error, error_state } = outcomeOf(story, told);
  const { card_type, fingerprint, masked_card, exp_date } = cardFacts(vault);
  const faulty = error !== undefined;
  return {
    id: transactionId(story.payout.id, attempt.attempt),
    payout: story.payout.handle,
    amount: toWire(attempt.amountMinor),
    created: timestamp(attempt.at),
    state,
    paid,
    failed,
    error,
    error_state,
    card_type,
    fingerprint,
    masked_card,
    exp_date,
    card: method === null || vault.kind !== "card" ? undefined : tellCard(method),
    // The only provider of the API that means no acquirer of the vendor's; for other rails the member is left out.
    provider: attempt.rail === "sandbox" ? "test" : undefined,
    acquirer_code: (faulty ? heard?.code : null) ?? undefined,
    acquirer_message: (faulty ? heard?.message : null) ?? undefined,
    acquirer_reference: attempt.merchantReference ?? undefined,
    text_on_statement: attempt.statementText ?? undefined,
  };
}
