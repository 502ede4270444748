import { advance, type Payout, type PayoutState } from "../../core/payout.ts";
import { isRefusal } from "../../core/refusal.ts";
import type { VaultFacts } from "../../core/parties.ts";

export interface Status {
  readonly status: string;
  readonly statusCategory: string;
  /** The legacy platform's number. */
  readonly statusCode: number;
}

const requested = (statusCode: number): Status => ({
  status: "PAYOUT_REQUESTED",
  statusCategory: "PENDING_CONNECT_OR_3RD_PARTY",
  statusCode,
});
const unsuccessful = (status: string, statusCode: number): Status => ({
  status,
  statusCategory: "UNSUCCESSFUL",
  statusCode,
});

/** Every state but `failed`, whose status tells how far it came. `CREATED` is never told: a payout is checked as it is taken. */
const statuses: Record<Exclude<PayoutState, "failed">, Status> = {
  awaiting_approval: { status: "PENDING_APPROVAL", statusCategory: "PENDING_MERCHANT", statusCode: 600 },
  queued: requested(800),
  sent: requested(850),
  accepted: requested(900),
  in_doubt: requested(975),
  paid: { status: "ACCOUNT_CREDITED", statusCategory: "COMPLETED", statusCode: 2000 },
  returned: { status: "REVERSED", statusCategory: "REVERSED", statusCode: 2220 },
  cancelled: unsuccessful("CANCELLED", 99999),
};

/** What the API says of a payout in this state, to a destination of this kind. */
export function statusOf(payout: Pick<Payout, "state" | "firstSentAt" | "fault">, kind: VaultFacts["kind"]): Status {
  if (payout.state !== "failed") return statuses[payout.state];
  if (payout.firstSentAt === null) return unsuccessful("REJECTED", 100); // it never left
  if (payout.fault?.errorState === "processing_error") return unsuccessful("REJECTED_CREDIT", 2100); // nobody's no
  return unsuccessful("REJECTED_CREDIT", kind === "card" ? 2120 : 2110); // the acquirer's, the bank's
}

/** Whether a cancel would be carried out now: the core is asked, so that what is told is what happens. */
export const isCancellable = (payout: Payout): boolean =>
  !isRefusal(advance(payout, { kind: "cancelled", at: payout.changedAt }));
