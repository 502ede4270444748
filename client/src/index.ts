export { Disburse, type CallOptions } from "./disburse.ts";
export { DisburseMismatch, DisburseRefusal, DisburseSilence } from "./errors.ts";
export type { DisburseOptions, Fetch, Pauses } from "./options.ts";
export type { PayResult } from "./payment.ts";
export type { CustomerDraft, Payout, PayoutRequest, PayoutTransaction } from "./payout.ts";
