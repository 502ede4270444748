import type { Decision, View } from "../core/command.ts";
import { advance, type Payout, type PayoutState } from "../core/payout.ts";
import { isRefusal, refuse, type Refusal, type RefusalCode } from "../core/refusal.ts";
import { reach } from "./destination.ts";
import type { Tools } from "./intent.ts";
import type { Accepted, PayoutRequest } from "./request.ts";
import { take, type EntryState } from "./take.ts";

/** What asking again for a payout means in each state. `ask`: the bank first. `again`: a new attempt. */
const repeats: Record<PayoutState, RefusalCode | "ask" | "again"> = {
  awaiting_approval: "payout_processing",
  queued: "payout_processing",
  sent: "payout_processing",
  accepted: "payout_processing",
  in_doubt: "ask",
  paid: "payout_already_paid",
  returned: "payout_already_paid",
  cancelled: "payout_cancelled",
  failed: "again",
};

/** Retries after processing errors, to an unchanged destination. */
const mostErrorRetries = 3;

/** Attempts of one payout, for whatever reason: their number has its bounds too. */
const mostAttempts = 1_000;

/** Asked for again under a handle that exists: what is under way or paid says so; what failed is tried once more. */
export function retry(view: View, payout: Payout, request: PayoutRequest, tools: Tools): Decision<Accepted> | Refusal {
  const means = repeats[payout.state];
  if (means !== "ask" && means !== "again") return refuse(means, { state: payout.state });
  const given = request.newCustomer?.handle ?? request.customer;
  if (given !== null && given !== payout.customer) return refuse("customer_changed");
  const attempt = view.attempt(payout.id);
  if (attempt === undefined) return refuse("unknown_payout");
  if (means === "ask")
    return {
      answer: { payout, attempt, reached: null, heard: null, order: null, ask: true, repeated: false },
      changes: {},
    };

  if (payout.frozen) return refuse("frozen");
  if ((view.customer(payout.customer)?.deletedAt ?? null) !== null) return refuse("customer_deleted");
  if (request.currency !== payout.currency) return refuse("currency_changed");
  const definite = payout.fault?.errorState !== "processing_error" && payout.errorRetries === 0;
  if (request.amountMinor !== payout.amountMinor && !definite) return refuse("amount_changed");
  const reached = reach(view, request.destination, payout.customer, payout.currency);
  if (isRefusal(reached)) return reached;

  const sameDestination = reached.vault.vaultId === attempt.vaultId;
  const afterError = payout.fault?.errorState === "processing_error" && sameDestination;
  if (afterError && payout.errorRetries >= mostErrorRetries)
    return refuse("too_many_retries", { retries: String(payout.errorRetries) });

  const dueAt = Math.max(request.dueAt ?? 0, view.now);
  if (payout.attempt >= mostAttempts) return refuse("too_many_retries", { attempts: String(payout.attempt) });
  const renewed: Payout = {
    ...payout,
    amountMinor: request.amountMinor,
    rail: reached.rail,
    text: request.text ?? payout.text,
    errorRetries: afterError ? payout.errorRetries + 1 : sameDestination ? payout.errorRetries : 0,
    dueAt,
    nextAt: dueAt,
  };
  const enter = (state: EntryState) =>
    advance(renewed, { kind: state === "queued" ? "retried" : "retry_asked", at: view.now });
  return take(view, request, reached, tools, enter, {});
}
