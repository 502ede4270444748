import type { RefusalCode } from "../../core/refusal.ts";
import type { ErrorCode } from "./codes.ts";

/** The code that stands for each refusal of the core; 1 where the API has none for it. */
export const wordsOf: Record<RefusalCode, ErrorCode> = {
  bad_amount: 146,
  insufficient_funds: 1, // said to a create only of what a bank has paid already, or may have (a restored database); else that is an answer of 200 with a failed transaction
  wrong_state: 1,
  closed_attempt: 1,
  frozen: 1,
  unknown_payout: 137,
  payout_processing: 133,
  payout_already_paid: 134,
  payout_cancelled: 1, // cancelling is not in this API
  customer_changed: 136,
  amount_changed: 1,
  currency_changed: 72,
  too_many_retries: 1,
  unknown_customer: 9,
  customer_deleted: 71,
  duplicate_customer: 11,
  missing_customer: 18,
  customer_in_use: 1,
  test_data_on_live: 20,
  live_data_on_test: 21,
  unknown_method: 40,
  method_inactive: 42,
  method_not_inactive: 41,
  method_pending: 128,
  method_failed: 147,
  method_cannot_pay_out: 135,
  method_lacks_currency: 139,
  unknown_token: 34,
  token_used: 103,
  token_expired: 104,
  reference_reused: 1,
  below_floor: 1,
};
