import { toWire } from "../../core/money.ts";
import type { PayoutState } from "../../core/payout.ts";
import type { Story } from "../../core/story.ts";
import { timestamp, timestampOf } from "./timestamp.ts";
import { tellTransaction, toldAttempts } from "./transaction.ts";

export type WireState = "created" | "processing" | "paid" | "failed";

/** The four states of the API. A payout that came back stays `paid`: it was, and its event says what happened since. */
export const wireStates: Record<PayoutState, WireState> = {
  awaiting_approval: "created",
  queued: "processing",
  sent: "processing",
  accepted: "processing",
  in_doubt: "processing",
  paid: "paid",
  returned: "paid",
  failed: "failed",
  cancelled: "failed",
};

/** `Payout`: the resource, its transactions oldest first. */
export function tellPayout(story: Story) {
  const { payout } = story;
  const state = wireStates[payout.state];
  return {
    handle: payout.handle,
    state,
    amount: toWire(payout.amountMinor),
    currency: payout.currency,
    text: payout.text ?? undefined,
    customer: payout.customer,
    created: timestamp(payout.createdAt),
    paid: state === "paid" ? timestampOf(payout.paidAt) : undefined,
    failed: state === "failed" ? timestamp(payout.failedAt ?? payout.changedAt) : undefined,
    transactions: toldAttempts(story).map((attempt) => tellTransaction(story, attempt)),
  };
}

/** The answer to a create names no `created`: what waits for approval is `processing` there. */
export function tellCreated(story: Story) {
  const told = tellPayout(story);
  return told.state === "created" ? { ...told, state: "processing" } : told;
}
