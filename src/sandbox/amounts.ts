/** Why the bank says no. The code is what a card acquirer sends along (ISO 8583, field 39), the message its text. */
export type Decline = {
  readonly error: string;
  readonly errorState: "processing_error" | "soft_declined" | "hard_declined";
  readonly code: string;
  readonly message: string;
};

const no = (errorState: Decline["errorState"], error: string, code: string, message: string): Decline => ({
  error,
  errorState,
  code,
  message,
});

export const declinedByAcquirer = no("hard_declined", "declined_by_acquirer", "05", "Do not honour");
export const insufficientFunds = no("soft_declined", "insufficient_funds", "51", "Insufficient funds");

/**
 * What the amount of a transfer to a card with CVV 888 decides; any other amount is paid. `silence`: no answer, and
 * nothing booked. `error`: HTTP 500, and nothing booked. A decline is a definite no, a `processing_error` one too.
 *
 * Units: the keys are minor units. Source: Frisbii, "Testing": test cards, CVV 888.
 */
export const amounts = new Map<number, "paid" | "silence" | "error" | Decline>([
  [1000, "paid"],
  [1001, "silence"],
  [1002, "error"],
  [1003, no("processing_error", "acquirer_integration_error", "30", "Format error")],
  [1004, no("processing_error", "acquirer_authentication_error", "63", "Security violation")],
  [1005, no("processing_error", "acquirer_configuration_error", "03", "Invalid merchant")],
  [1006, no("processing_error", "acquirer_rejected_error", "58", "Transaction not permitted to terminal")],
  [1337, no("hard_declined", "sca_required", "1A", "Additional customer authentication required")],
  [2001, insufficientFunds],
  [2002, no("soft_declined", "settle_blocked", "78", "Blocked, first used")],
  [3001, no("hard_declined", "credit_card_expired", "54", "Card expired")],
  [3002, declinedByAcquirer],
  [3003, no("hard_declined", "credit_card_lost_or_stolen", "43", "Stolen card, pick up")],
  [3004, no("hard_declined", "credit_card_suspected_fraud", "59", "Suspected fraud")],
  [3005, no("hard_declined", "authorization_expired", "12", "Authorization expired")],
  [3006, no("hard_declined", "authorization_amount_exceeded", "61", "Exceeds amount limit")],
  [3007, no("hard_declined", "authorization_voided", "17", "Authorization voided")],
]);
