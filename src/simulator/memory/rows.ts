import type { Incident, Send } from "../../core/attempt.ts";
import type { Funding, PayoutReferences, Resolution } from "../../core/command.ts";
import type { Entry } from "../../core/ledger.ts";
import type { PayoutHistory } from "../../core/payout.ts";
import type { Row } from "../../store/read.ts";

export type KeptIncident = Incident & { readonly resolved: Resolution | null };
export type KeptEntry = Entry & { readonly at: number };

/* Rows that the server writes and never reads back as they are. */

export const belongs = (r: Row) => ({ merchantId: r.merchant_id as string, payoutId: r.payout_id as string });

export const toSend = (r: Row): Send => ({
  ...belongs(r),
  attempt: r.attempt,
  send: r.send,
  bodyHash: r.body_hash,
  deadlineAt: r.deadline_at,
  at: r.created_at,
});
export const toEvent = (r: Row): PayoutHistory => ({
  ...belongs(r),
  version: r.version,
  kind: r.kind,
  state: r.state,
  attempt: r.attempt,
  at: r.created_at,
});
export const toIncident = (r: Row): KeptIncident => ({
  ...belongs(r),
  version: r.version,
  kind: r.kind,
  facts: r.facts,
  at: r.created_at,
  resolved:
    (r.resolved_at ?? null) === null
      ? null
      : { ...belongs(r), by: r.resolved_by, reason: r.reason, at: r.resolved_at as number },
});
export const toEntry = (r: Row): KeptEntry => ({
  merchantId: r.merchant_id,
  subjectId: r.subject_id,
  hold: r.hold,
  kind: r.kind,
  currency: r.currency,
  amountMinor: BigInt(r.amount_minor),
  at: r.created_at,
});

export const toReferences = (r: Row): PayoutReferences => ({
  ...belongs(r),
  merchantReference: r.merchant_reference,
  merchantOrderId: r.merchant_order_id === null ? null : Number(r.merchant_order_id),
  invoiceNumber: r.invoice_number,
});

export const toFunding = (r: Row): Funding => ({
  merchantId: r.merchant_id,
  id: r.id,
  reference: r.reference,
  currency: r.currency,
  amountMinor: BigInt(r.amount_minor),
  at: r.created_at,
});
