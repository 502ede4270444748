import type { Answer, Attempt, Incident, Send } from "../core/attempt.ts";
import type { Funding, NameClaim, PayoutReferences } from "../core/command.ts";
import type { Account, Entry } from "../core/ledger.ts";
import type { CustomerEvent, Notice } from "../core/notice.ts";
import type { CardSession, Customer, Erasure, Method, Token, VaultItem } from "../core/parties.ts";
import type { Payout, PayoutHistory } from "../core/payout.ts";
import { dataKeyOf } from "../vault/seal.ts";
import { table, updateOf } from "./rows.ts";

/** How each kind of row is written; the reading side stands in load.ts. */
export const payouts = table<Payout>("payouts", {
  merchant_id: ["bigint", (p) => p.merchantId],
  id: ["bigint", (p) => p.id],
  handle: ["text", (p) => p.handle],
  door: ["text", (p) => p.door],
  customer: ["text", (p) => p.customer],
  state: ["text", (p) => p.state],
  amount_minor: ["bigint", (p) => p.amountMinor],
  currency: ["text", (p) => p.currency],
  text: ["text", (p) => p.text],
  rail: ["text", (p) => p.rail],
  attempt: ["smallint", (p) => p.attempt],
  send: ["smallint", (p) => p.send],
  first_sent_at: ["instant", (p) => p.firstSentAt],
  send_deadline_at: ["instant", (p) => p.sendDeadlineAt],
  hold: ["smallint", (p) => p.hold],
  error_retries: ["smallint", (p) => p.errorRetries],
  asks: ["smallint", (p) => p.asks],
  tries: ["smallint", (p) => p.tries],
  answers: ["smallint", (p) => p.answers],
  error: ["text", (p) => p.fault?.error ?? null],
  error_state: ["text", (p) => p.fault?.errorState ?? null],
  frozen: ["boolean", (p) => p.frozen],
  contradicted_by: ["text", (p) => (p.contradictedBy.length === 0 ? null : p.contradictedBy.join(" "))],
  version: ["integer", (p) => p.version],
  created_at: ["instant", (p) => p.createdAt],
  changed_at: ["instant", (p) => p.changedAt],
  due_at: ["instant", (p) => p.dueAt],
  next_at: ["instant", (p) => p.nextAt],
  paid_at: ["instant", (p) => p.paidAt],
  failed_at: ["instant", (p) => p.failedAt],
});
const payoutKey = ["merchant_id", "id"];
const fixed = ["handle", "door", "customer", "currency", "created_at"];
export const payoutUpdates = updateOf(
  payouts,
  payoutKey,
  payouts.columns.map((column) => column.name).filter((name) => !payoutKey.includes(name) && !fixed.includes(name)),
);

export const names = table<NameClaim & { readonly merchantId: string }>("names", {
  merchant_id: ["bigint", (n) => n.merchantId],
  kind: ["text", (n) => n.kind],
  name: ["text", (n) => n.name],
  id: ["bigint", (n) => n.id],
});

export const references = table<PayoutReferences>("payout_references", {
  merchant_id: ["bigint", (r) => r.merchantId],
  payout_id: ["bigint", (r) => r.payoutId],
  merchant_reference: ["text", (r) => r.merchantReference],
  merchant_order_id: ["bigint", (r) => r.merchantOrderId],
  invoice_number: ["text", (r) => r.invoiceNumber],
});

export const attempts = table<Attempt>("attempts", {
  merchant_id: ["bigint", (a) => a.merchantId],
  payout_id: ["bigint", (a) => a.payoutId],
  attempt: ["smallint", (a) => a.attempt],
  reference: ["text", (a) => a.reference],
  rail: ["text", (a) => a.rail],
  vault_id: ["bigint", (a) => a.vaultId],
  method_id: ["text", (a) => a.methodId],
  amount_minor: ["bigint", (a) => a.amountMinor],
  statement_text: ["text", (a) => a.statementText],
  merchant_reference: ["text", (a) => a.merchantReference],
  created_at: ["instant", (a) => a.at],
});

export const sends = table<Send>("sends", {
  merchant_id: ["bigint", (s) => s.merchantId],
  payout_id: ["bigint", (s) => s.payoutId],
  attempt: ["smallint", (s) => s.attempt],
  send: ["smallint", (s) => s.send],
  body_hash: ["text", (s) => s.bodyHash],
  deadline_at: ["instant", (s) => s.deadlineAt],
  created_at: ["instant", (s) => s.at],
});

export const answers = table<Answer>("answers", {
  merchant_id: ["bigint", (a) => a.merchantId],
  payout_id: ["bigint", (a) => a.payoutId],
  answer: ["smallint", (a) => a.answer],
  attempt: ["smallint", (a) => a.attempt],
  source: ["text", (a) => a.source],
  verdict: ["text", (a) => a.verdict],
  error: ["text", (a) => a.fault?.error ?? null],
  error_state: ["text", (a) => a.fault?.errorState ?? null],
  code: ["text", (a) => a.code],
  message: ["text", (a) => a.message],
  bank_id: ["text", (a) => a.bankId],
  raw: ["text", (a) => a.raw],
  closes: ["boolean", (a) => a.closes],
  created_at: ["instant", (a) => a.at],
});

/** A ledger row also says when: the batch's own clock. */
export const entries = table<Entry & { at: number }>("entries", {
  merchant_id: ["bigint", (e) => e.merchantId],
  subject_id: ["bigint", (e) => e.subjectId],
  hold: ["smallint", (e) => e.hold],
  kind: ["text", (e) => e.kind],
  currency: ["text", (e) => e.currency],
  amount_minor: ["bigint", (e) => e.amountMinor],
  created_at: ["instant", (e) => e.at],
});

/** Where what is written now stands in the order of all events (migrations/0013). */
const place = "(select (era::bigint << 48) | pg_current_xact_id()::text::bigint from dispatch)";
/** A payout's event never stands before the one before it, though its transaction may have begun earlier. */
const placeAfter = `case when r.version = 1 then ${place} else greatest(${place}, (select e.place from events e
  where e.merchant_id = r.merchant_id and e.payout_id = r.payout_id and e.version = r.version - 1)) end`;

export const events = table<PayoutHistory>(
  "events",
  {
    merchant_id: ["bigint", (e) => e.merchantId],
    payout_id: ["bigint", (e) => e.payoutId],
    version: ["integer", (e) => e.version],
    kind: ["text", (e) => e.kind],
    state: ["text", (e) => e.state],
    attempt: ["smallint", (e) => e.attempt],
    created_at: ["instant", (e) => e.at],
  },
  { place: placeAfter },
);

export const customerEvents = table<CustomerEvent>(
  "customer_events",
  {
    merchant_id: ["bigint", (e) => e.merchantId],
    id: ["bigint", (e) => e.id],
    kind: ["text", (e) => e.kind],
    customer: ["text", (e) => e.customer],
    method_id: ["text", (e) => e.methodId],
    created_at: ["instant", (e) => e.at],
  },
  { place },
);

/** Notices get their numbers as they are written: for what is told of one payout or customer, in the order in which it happened. */
export const notices = table<Notice>("notices", {
  merchant_id: ["bigint", (n) => n.merchantId],
  endpoint_id: ["bigint", (n) => n.endpointId],
  subject_id: ["bigint", (n) => n.subjectId],
  version: ["integer", (n) => n.version],
  customer: ["text", (n) => n.customer],
  created_at: ["instant", (n) => n.at],
  next_at: ["instant", (n) => n.at],
});

export const incidents = table<Incident>("incidents", {
  merchant_id: ["bigint", (i) => i.merchantId],
  payout_id: ["bigint", (i) => i.payoutId],
  version: ["integer", (i) => i.version],
  kind: ["text", (i) => i.kind],
  facts: ["jsonb", (i) => JSON.stringify(i.facts)],
  created_at: ["instant", (i) => i.at],
});

export const accounts = table<Account>("accounts", {
  merchant_id: ["bigint", (a) => a.merchantId],
  currency: ["text", (a) => a.currency],
  available_minor: ["bigint", (a) => a.balances.available],
  held_minor: ["bigint", (a) => a.balances.held],
  paid_out_minor: ["bigint", (a) => a.balances.paid_out],
  funding_minor: ["bigint", (a) => a.balances.funding],
  floor_minor: ["bigint", (a) => a.floorMinor],
});
export const accountUpdates = updateOf(
  accounts,
  ["merchant_id", "currency"],
  ["available_minor", "held_minor", "paid_out_minor", "funding_minor", "floor_minor"],
);

export const fundings = table<Funding>("fundings", {
  merchant_id: ["bigint", (f) => f.merchantId],
  id: ["bigint", (f) => f.id],
  reference: ["text", (f) => f.reference],
  currency: ["text", (f) => f.currency],
  amount_minor: ["bigint", (f) => f.amountMinor],
  created_at: ["instant", (f) => f.at],
});

export const vault = table<VaultItem>("vault", {
  merchant_id: ["bigint", (v) => v.merchantId],
  id: ["bigint", (v) => v.vaultId],
  kind: ["text", (v) => v.kind],
  sealed: ["text", (v) => v.sealed],
  data_key: ["text", (v) => dataKeyOf(v.sealed)],
  fingerprint: ["text", (v) => v.fingerprint],
  masked: ["text", (v) => v.masked],
  brand: ["text", (v) => v.brand],
  exp_month: ["smallint", (v) => v.expMonth],
  exp_year: ["smallint", (v) => v.expYear],
  amount_table: ["boolean", (v) => v.amountTable],
  created_at: ["instant", (v) => v.at],
});

export const tokens = table<Token>("card_tokens", {
  merchant_id: ["bigint", (t) => t.merchantId],
  id: ["text", (t) => t.id],
  vault_id: ["bigint", (t) => t.vault.vaultId],
  expires_at: ["instant", (t) => t.expiresAt],
  used_at: ["instant", (t) => t.usedAt],
  adding_fault: ["text", (t) => t.addingFault],
  created_at: ["instant", (t) => t.at],
});
export const tokenUpdates = updateOf(tokens, ["merchant_id", "id"], ["used_at"]);

export const methods = table<Method>("payment_methods", {
  merchant_id: ["bigint", (m) => m.merchantId],
  id: ["text", (m) => m.id],
  customer: ["text", (m) => m.customer],
  vault_id: ["bigint", (m) => m.vault.vaultId],
  state: ["text", (m) => m.state],
  reference: ["text", (m) => m.reference],
  created_at: ["instant", (m) => m.at],
  failed_at: ["instant", (m) => m.failedAt],
});
export const methodUpdates = updateOf(methods, ["merchant_id", "id"], ["vault_id", "state", "failed_at"]);

export const customers = table<Customer>("customers", {
  merchant_id: ["bigint", (c) => c.merchantId],
  handle: ["text", (c) => c.handle],
  details: ["jsonb", (c) => JSON.stringify(c.details)],
  metadata: ["jsonb", (c) => c.metadata],
  debtor_id: ["bigint", (c) => c.debtorId],
  created_at: ["instant", (c) => c.createdAt],
  deleted_at: ["instant", (c) => c.deletedAt],
});
export const customerUpdates = updateOf(
  customers,
  ["merchant_id", "handle"],
  ["details", "metadata", "debtor_id", "deleted_at"],
);

export const sessions = table<CardSession>("card_sessions", {
  merchant_id: ["bigint", (s) => s.merchantId],
  id: ["text", (s) => s.id],
  customer: ["text", (s) => s.customer],
  accept_url: ["text", (s) => s.acceptUrl],
  cancel_url: ["text", (s) => s.cancelUrl],
  reference: ["text", (s) => s.reference],
  method_id: ["text", (s) => s.methodId],
  declines: ["smallint", (s) => s.declines],
  expires_at: ["instant", (s) => s.expiresAt],
  created_at: ["instant", (s) => s.at],
});
export const sessionUpdates = updateOf(sessions, ["merchant_id", "id"], ["method_id", "declines"]);

export const erasures = table<Erasure>("erasures", {
  merchant_id: ["bigint", (e) => e.merchantId],
  customer: ["text", (e) => e.customer],
  by_whom: ["text", (e) => e.by],
  reason: ["text", (e) => e.reason],
  created_at: ["instant", (e) => e.at],
});
