/**
 * Why a well-formed request was not carried out. The codes are public and keep their meaning for good; every dialect
 * answers all of them from one `Record<RefusalCode, …>`, so a new code does not compile until each has its words.
 */
export const refusals = {
  bad_amount: "the amount is not a positive amount of this currency",
  insufficient_funds: "the available balance is below the amount",
  wrong_state: "the payout cannot do this in its present state",
  closed_attempt: "the answer belongs to an attempt that is over",
  frozen: "the payout is frozen until an operator resolves its incident",
  unknown_payout: "there is no such payout",
  payout_processing: "the payout is already being processed",
  payout_already_paid: "the payout has already been paid",
  payout_cancelled: "the payout was cancelled for good",
  customer_changed: "a payout keeps its customer for good",
  amount_changed: "the amount may change only after a definite decline",
  currency_changed: "a payout keeps its currency for good",
  too_many_retries: "a payout with processing errors is tried again at most three times to the same destination",
  unknown_customer: "there is no such customer",
  customer_deleted: "the customer has been deleted",
  duplicate_customer: "a customer of that handle exists",
  missing_customer: "the payout names no customer, and its destination has none",
  customer_in_use: "the customer has payouts that are not over",
  debtor_id_taken: "another customer has this debtor id",
  debtor_id_fixed: "a customer keeps its debtor id for good",
  test_data_on_live: "test data is not taken by a live merchant",
  live_data_on_test: "live data is not taken by a test merchant",
  unknown_method: "there is no such payment method of this customer",
  method_inactive: "the payment method is not active",
  method_not_inactive: "the payment method is not inactive",
  method_pending: "the payment method is still pending",
  method_failed: "the payment method has failed",
  method_not_failed: "the payment method has not failed",
  method_cannot_pay_out: "no agreement pays out to this kind of payment method",
  method_lacks_currency: "the payment method cannot be paid in this currency",
  unknown_token: "there is no such card token",
  token_used: "the card token has been used",
  token_expired: "the card token has expired",
  adding_declined: "the card was declined",
  adding_failed: "the bank could not be asked about the card",
  unknown_session: "there is no such session",
  session_used: "the session has been used",
  session_expired: "the session has expired",
  reference_reused: "the reference belongs to an earlier request with other content",
  below_floor: "the balance would fall below its floor",
} as const;

export type RefusalCode = keyof typeof refusals;

/** A lawful no. `facts` are short values for logs and messages: never personal data, card numbers or secrets. */
export interface Refusal {
  readonly refused: RefusalCode;
  readonly facts: Readonly<Record<string, string>>;
}

export const refuse = (refused: RefusalCode, facts: Refusal["facts"] = {}): Refusal => ({ refused, facts });

export const isRefusal = (answer: object): answer is Refusal => "refused" in answer;
