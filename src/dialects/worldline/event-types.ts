import { eventTypes } from "../event-types.ts";

/** `payout.` and the status that a payout has come to (Connect, "Webhooks"). There is no `payout.created`: no payout stays in that status. */
export const worldlineEvents = eventTypes({
  "payout.pending_approval": [
    "created/awaiting_approval",
    "retry_asked/awaiting_approval",
    "approval_withdrawn/awaiting_approval",
  ],
  "payout.payout_requested": ["created/queued", "approved/queued", "retried/queued"],
  "payout.account_credited": ["paid/paid", "found_paid/paid"],
  "payout.rejected": ["refused/failed"],
  "payout.rejected_credit": ["declined/failed", "never_received/failed"],
  "payout.cancelled": ["cancelled/cancelled"],
  "payout.reversed": ["returned/returned"],
});
