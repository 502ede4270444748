import type { Command, View } from "../core/command.ts";
import { canSpend } from "../core/ledger.ts";
import { advance, type Payout } from "../core/payout.ts";
import { isRefusal, refuse, type Refusal } from "../core/refusal.ts";

/** Approves a payout: its money is held in the same commit. Short of money, nothing changes. `dueAt` goes before the date given at creation. */
export function approvePayout(merchantId: string, payoutId: string, dueAt: number | null): Command<{ payout: Payout }> {
  return on("approve", merchantId, payoutId, (view, payout) => {
    if (payout.state === "awaiting_approval" && !canSpend(view.account(payout.currency), payout.amountMinor)) {
      return refuse("insufficient_funds", { currency: payout.currency });
    }
    return advance(
      { ...payout, nextAt: Math.max(dueAt ?? payout.dueAt, view.now) },
      { kind: "approved", at: view.now },
    );
  });
}

/** Takes an approval back, while the payout has not left: its money is free again, and it waits for approval anew. */
export function withdrawApproval(merchantId: string, payoutId: string): Command<{ payout: Payout }> {
  return on("withdraw", merchantId, payoutId, (view, payout) =>
    advance(payout, { kind: "approval_withdrawn", at: view.now }),
  );
}

/** Cancels a payout that has not left, for good. */
export function cancelPayout(merchantId: string, payoutId: string): Command<{ payout: Payout }> {
  return on("cancel", merchantId, payoutId, (view, payout) => advance(payout, { kind: "cancelled", at: view.now }));
}

/** A command that takes one payout one step further. */
function on(
  kind: string,
  merchantId: string,
  payoutId: string,
  step: (view: View, payout: Payout) => ReturnType<typeof advance>,
): Command<{ payout: Payout }> {
  return {
    kind,
    merchantId,
    urgent: false,
    payouts: [payoutId],
    decide(view) {
      const payout = view.payout(payoutId);
      if (payout === undefined) return refuse("unknown_payout");
      const moved: ReturnType<typeof advance> | Refusal = step(view, payout);
      if (isRefusal(moved)) return moved;
      const { entries, events } = moved;
      return {
        answer: { payout: moved.payout },
        changes: { payouts: [moved.payout], entries, events },
      };
    },
  };
}
