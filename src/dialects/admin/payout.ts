import { toWire } from "../../core/money.ts";
import type { Payout } from "../../core/payout.ts";
import type { AttemptStory, Story } from "../../core/story.ts";
import type { IncidentRecord, PayoutFile } from "../../store/payout-file.ts";
import { instantOrNull, instantText } from "./show.ts";

/** A payout in the words of the core, which are not those of any other API. */
export const showPayout = (payout: Payout) => ({
  id: payout.id,
  handle: payout.handle,
  door: payout.door,
  customer: payout.customer,
  state: payout.state,
  amount_minor: toWire(payout.amountMinor),
  currency: payout.currency,
  text: payout.text,
  attempt: payout.attempt,
  error: payout.fault?.error ?? null,
  error_state: payout.fault?.errorState ?? null,
  frozen: payout.frozen,
  rail: payout.rail,
  version: payout.version,
  created_at: instantText(payout.createdAt),
  changed_at: instantText(payout.changedAt),
  due_at: instantText(payout.state === "queued" && payout.nextAt !== null ? payout.nextAt : payout.dueAt),
  next_at: instantOrNull(payout.nextAt),
  paid_at: instantOrNull(payout.paidAt),
  failed_at: instantOrNull(payout.failedAt),
});

/** All that is known of a payout: what was tried, sent and answered, what happened, and where its money went. */
export const showStory = ({ payout, attempts }: Story, file: PayoutFile) => ({
  ...showPayout(payout),
  attempts: attempts.map((story) => showAttempt(story, file)),
  events: file.events.map(({ version, kind, state, attempt, at }) => ({
    version,
    kind,
    state,
    attempt,
    at: instantText(at),
  })),
  entries: file.entries.map(({ hold, kind, currency, amountMinor, at }) => ({
    hold,
    kind,
    currency,
    amount_minor: toWire(amountMinor),
    at: instantText(at),
  })),
  incidents: file.incidents.map(showIncident),
});

function showAttempt({ attempt, vault }: AttemptStory, { sends, answers }: PayoutFile) {
  return {
    attempt: attempt.attempt,
    reference: attempt.reference,
    rail: attempt.rail,
    amount_minor: toWire(attempt.amountMinor),
    destination: {
      kind: vault.kind,
      masked: vault.masked,
      brand: vault.brand,
      fingerprint: vault.fingerprint,
      method: attempt.methodId,
    },
    statement_text: attempt.statementText,
    merchant_reference: attempt.merchantReference,
    at: instantText(attempt.at),
    sends: sends
      .filter((send) => send.attempt === attempt.attempt)
      .map(({ send, bodyHash, deadlineAt, at }) => ({
        send,
        body_hash: bodyHash,
        deadline_at: instantText(deadlineAt),
        at: instantText(at),
      })),
    answers: answers
      .filter((answer) => answer.attempt === attempt.attempt)
      .map((answer) => ({
        answer: answer.answer,
        source: answer.source,
        verdict: answer.verdict,
        error: answer.fault?.error ?? null,
        error_state: answer.fault?.errorState ?? null,
        code: answer.code,
        message: answer.message,
        bank_id: answer.bankId,
        raw: parsed(answer.raw),
        closes: answer.closes,
        at: instantText(answer.at),
      })),
  };
}

/** As the bank wrote it where that is JSON, else as text. */
function parsed(raw: string): unknown {
  try {
    return JSON.parse(raw) as unknown;
  } catch {
    return raw;
  }
}

export const showIncident = (incident: IncidentRecord) => ({
  merchant: incident.merchantId,
  merchant_handle: incident.merchantHandle,
  payout: incident.payout.handle,
  state: incident.payout.state,
  amount_minor: toWire(incident.payout.amountMinor),
  currency: incident.payout.currency,
  version: incident.version,
  kind: incident.kind,
  facts: incident.facts,
  at: instantText(incident.at),
  resolved:
    incident.resolved === null
      ? null
      : { at: instantText(incident.resolved.at), by: incident.resolved.by, reason: incident.resolved.reason },
});
