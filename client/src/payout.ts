/** What is asked for: the body of `POST /v1/payout`, in the API's own words. */
export interface PayoutRequest {
  /** Your own name for this payout, unique in your account, for good: 1 to 255 of `A-Z a-z 0-9 _ . - @`. */
  readonly handle: string;
  /** A payment method of the customer (`ca_…`) or a one-time card token (`ct_…`). */
  readonly destination: string;
  /** In the currency's smallest unit: 20000 is 200.00 DKK. */
  readonly amount: number;
  /** ISO 4217, upper case; without it the account's. */
  readonly currency?: string;
  readonly text?: string;
  /** A customer to be created in the same step. */
  readonly customer?: CustomerDraft;
  /** A customer that exists. */
  readonly customer_handle?: string;
  readonly text_on_statement?: string;
  readonly acquirer_reference?: string;
}

/** A customer to be created: the API's `CreateCustomer`, of which these members matter most here. */
export interface CustomerDraft {
  readonly handle?: string;
  readonly generate_handle?: boolean;
  readonly email?: string;
  readonly first_name?: string;
  readonly last_name?: string;
  readonly [more: string]: unknown;
}

/** A payout as the API tells it. */
export interface Payout {
  readonly handle: string;
  readonly state: "created" | "processing" | "paid" | "failed";
  readonly amount: number;
  readonly currency?: string;
  readonly text?: string;
  /** The customer's handle. */
  readonly customer: string;
  readonly created: string;
  readonly paid?: string;
  readonly failed?: string;
  /** Every attempt, the latest last. */
  readonly transactions: readonly PayoutTransaction[];
}

/** One attempt to pay. */
export interface PayoutTransaction {
  readonly id: string;
  readonly state: "processing" | "paid" | "failed";
  readonly amount: number;
  readonly created: string;
  readonly card_type: string;
  readonly paid?: string;
  readonly failed?: string;
  readonly error?: string;
  readonly error_state?: "pending" | "soft_declined" | "hard_declined" | "processing_error";
  readonly acquirer_code?: string;
  readonly acquirer_message?: string;
  readonly masked_card?: string;
  /** The saved card that it went to. */
  readonly card?: { readonly id: string; readonly [more: string]: unknown };
  readonly [more: string]: unknown;
}

/** Whether an answer is that payout, whole enough to be believed. */
export function isPayout(value: unknown, handle: string): value is Payout {
  if (typeof value !== "object" || value === null) return false;
  const { handle: name, state, amount, customer, transactions } = value as Partial<Payout>;
  return (
    name === handle &&
    ["created", "processing", "paid", "failed"].includes(state as string) &&
    Number.isSafeInteger(amount) &&
    typeof customer === "string" &&
    Array.isArray(transactions)
  );
}

/** The attempt that decides: the last one. */
export const latest = ({ transactions }: Payout): PayoutTransaction | undefined => transactions.at(-1);
