import type { Answer, Attempt } from "../core/attempt.ts";
import type { Account } from "../core/ledger.ts";
import type { CardSession, Customer, Merchant, Method, Token, VaultItem } from "../core/parties.ts";
import type { Fault, Payout } from "../core/payout.ts";

/** A row as the driver hands it over: int8 as text, timestamptz as milliseconds, jsonb parsed. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Row = Record<string, any>;

const fault = (error: string | null, errorState: Fault["errorState"] | null): Fault | null =>
  error === null || errorState === null ? null : { error, errorState };

export const toPayout = (r: Row): Payout => ({
  merchantId: r.merchant_id,
  id: r.id,
  handle: r.handle,
  door: r.door,
  customer: r.customer,
  state: r.state,
  amountMinor: BigInt(r.amount_minor),
  currency: r.currency,
  text: r.text,
  rail: r.rail,
  attempt: r.attempt,
  send: r.send,
  firstSentAt: r.first_sent_at,
  sendDeadlineAt: r.send_deadline_at,
  hold: r.hold,
  errorRetries: r.error_retries,
  asks: r.asks,
  tries: r.tries,
  answers: r.answers,
  fault: fault(r.error, r.error_state),
  frozen: r.frozen,
  contradictedBy: r.contradicted_by === null ? [] : r.contradicted_by.split(" "),
  version: r.version,
  createdAt: r.created_at,
  changedAt: r.changed_at,
  dueAt: r.due_at,
  nextAt: r.next_at,
  paidAt: r.paid_at,
  failedAt: r.failed_at,
});

export const toAttempt = (r: Row): Attempt => ({
  merchantId: r.merchant_id,
  payoutId: r.payout_id,
  attempt: r.attempt,
  reference: r.reference,
  rail: r.rail,
  vaultId: r.vault_id,
  methodId: r.method_id,
  amountMinor: BigInt(r.amount_minor),
  statementText: r.statement_text,
  merchantReference: r.merchant_reference,
  at: r.created_at,
});

export const toAnswer = (r: Row): Answer => ({
  merchantId: r.merchant_id,
  payoutId: r.payout_id,
  answer: r.answer,
  attempt: r.attempt,
  source: r.source,
  verdict: r.verdict,
  fault: fault(r.error, r.error_state),
  code: r.code,
  message: r.message,
  bankId: r.bank_id,
  raw: r.raw,
  closes: r.closes,
  at: r.created_at,
});

export const toAccount = (r: Row): Account => ({
  merchantId: r.merchant_id,
  currency: r.currency,
  balances: {
    available: BigInt(r.available_minor),
    held: BigInt(r.held_minor),
    paid_out: BigInt(r.paid_out_minor),
    funding: BigInt(r.funding_minor),
  },
  floorMinor: r.floor_minor === null ? null : BigInt(r.floor_minor),
});

export const toMerchant = (r: Row): Merchant => ({
  id: r.id,
  handle: r.handle,
  name: r.name,
  currency: r.currency,
  country: r.country,
  timezone: r.timezone,
  test: r.test,
  worldlineMerchantId: r.worldline_merchant_id,
  referencePrefix: r.reference_prefix,
  approval: r.approval,
  agreements: r.agreements,
  subscriptions: r.subscriptions,
  createdAt: r.created_at,
});

export const toCustomer = (r: Row): Customer => ({
  merchantId: r.merchant_id,
  handle: r.handle,
  details: r.details,
  metadata: r.metadata === null ? null : JSON.stringify(r.metadata),
  debtorId: r.debtor_id,
  createdAt: r.created_at,
  deletedAt: r.deleted_at,
});

/** Vault columns are selected under `v_…`, beside the row that refers to them. */
export const vaultColumns = `v.id v_id, v.kind v_kind, v.sealed v_sealed, v.fingerprint v_fingerprint, v.masked v_masked,
  v.brand v_brand, v.exp_month v_exp_month, v.exp_year v_exp_year, v.amount_table v_amount_table, v.created_at v_created_at`;

export const toVaultItem = (r: Row): VaultItem => ({
  merchantId: r.merchant_id,
  vaultId: r.v_id,
  kind: r.v_kind,
  sealed: r.v_sealed,
  fingerprint: r.v_fingerprint,
  masked: r.v_masked,
  brand: r.v_brand,
  expMonth: r.v_exp_month,
  expYear: r.v_exp_year,
  amountTable: r.v_amount_table,
  at: r.v_created_at,
});

export const toMethod = (r: Row): Method => ({
  merchantId: r.merchant_id,
  id: r.id,
  customer: r.customer,
  state: r.state,
  reference: r.reference,
  vault: toVaultItem(r),
  at: r.created_at,
  failedAt: r.failed_at,
});

export const toToken = (r: Row): Token => ({
  merchantId: r.merchant_id,
  id: r.id,
  vault: toVaultItem(r),
  expiresAt: r.expires_at,
  usedAt: r.used_at,
  addingFault: r.adding_fault,
  at: r.created_at,
});

export const toCardSession = (r: Row): CardSession => ({
  merchantId: r.merchant_id,
  id: r.id,
  customer: r.customer,
  acceptUrl: r.accept_url,
  cancelUrl: r.cancel_url,
  reference: r.reference,
  methodId: r.method_id,
  declines: r.declines,
  expiresAt: r.expires_at,
  at: r.created_at,
});
