import type { Attempt, Incident } from "../core/attempt.ts";
import type { Command, Decision, View } from "../core/command.ts";
import type { Entry } from "../core/ledger.ts";
import { canSpend } from "../core/ledger.ts";
import { advance, type Payout, type PayoutEvent, type PayoutHistory } from "../core/payout.ts";
import { isRefusal, refuse, type Refusal } from "../core/refusal.ts";
import { intend, type Forgotten, type Tools } from "./intent.ts";
import { laterReferences } from "./reference.ts";

/** A transfer as its bank has it, and the payout that it belongs to. */
export interface Done extends Forgotten {
  readonly merchantId: string;
  readonly payoutId: string;
  readonly reference: string;
  /** The attempt that has the reference here, if one has. */
  readonly attempt?: number;
}

/**
 * Records that a payout was sent, because its bank has the transfer: the database was restored to a time before. What became of
 * it is then found out by asking, as ever. The transfer is that of the latest attempt, or of one after it that was forgotten.
 * Refuses `insufficient_funds` where the money that it went out with has been forgotten too.
 */
export function recoverSend(done: Done, tools: Tools): Command<{ payout: Payout }> {
  return {
    kind: "recover",
    merchantId: done.merchantId,
    urgent: true,
    payouts: [done.payoutId],
    decide(view) {
      const payout = view.payout(done.payoutId);
      const attempt = view.attempt(done.payoutId);
      if (payout === undefined || attempt === undefined) return refuse("unknown_payout");
      const moved = done.status !== "declined";
      if (done.attempt !== undefined && done.attempt < payout.attempt && moved) return freeze(view, payout, done);
      if (attempt.reference !== done.reference) return recoverRetry(view, payout, attempt, done, tools);
      const same =
        done.amountMinor === attempt.amountMinor && done.currency === payout.currency && done.rail === attempt.rail;
      const isClosed = payout.state === "failed" || payout.state === "cancelled"; // while the send was forgotten
      if (payout.frozen || (moved && (isClosed || !same))) return freeze(view, payout, done);
      return sent(view, payout, attempt, payout.state === "awaiting_approval" ? "approved" : null, tools, {});
    },
  };
}

/** The attempt that failed was followed by one that the database has forgotten: to the same destination, for all we know. */
function recoverRetry(
  view: View,
  payout: Payout,
  latest: Attempt,
  done: Done,
  tools: Tools,
): Decision<{ payout: Payout }> | Refusal {
  const prefix = view.merchant.referencePrefix;
  const fits = payout.state === "failed" && done.currency === payout.currency && done.rail === latest.rail;
  if (!fits || !laterReferences(prefix, latest.reference, tools).includes(done.reference)) {
    return refuse("closed_attempt", { attempt: String(latest.attempt) });
  }
  const { amountMinor, reference } = done;
  const attempt = { ...latest, attempt: payout.attempt + 1, reference, amountMinor, at: view.now };
  return sent(view, { ...payout, amountMinor }, attempt, "retried", tools, { attempts: [attempt] });
}

function sent(
  view: View,
  payout: Payout,
  attempt: Attempt,
  first: "approved" | "retried" | null,
  tools: Tools,
  beside: { readonly attempts?: readonly Attempt[] },
): Decision<{ payout: Payout }> | Refusal {
  const [entries, events]: [Entry[], PayoutHistory[]] = [[], []];
  let queued = payout;
  if (first !== null) {
    if (!canSpend(view.account(payout.currency), payout.amountMinor)) return refuse("insufficient_funds");
    const step = advance({ ...payout, nextAt: view.now }, { kind: first, at: view.now } satisfies PayoutEvent);
    if (isRefusal(step)) return step;
    queued = step.payout;
    entries.push(...step.entries);
    events.push(...step.events);
  }
  const step = intend(queued, attempt, view.now, tools);
  if (isRefusal(step)) return step;
  // Sent long ago: no byte is written now, no answer is under way, and it is asked about at once.
  const recovered: Payout = { ...step.payout, sendDeadlineAt: view.now, nextAt: view.now };
  return {
    answer: { payout: recovered },
    changes: {
      ...beside,
      payouts: [recovered],
      sends: [{ ...step.order.send, deadlineAt: view.now }],
      entries: [...entries, ...step.entries],
      events: [...events, ...step.events],
    },
  };
}

/**
 * The bank paid what has failed or was cancelled here, or was tried anew since, or something else under this payout's reference, or another bank did: it was
 * asked for twice, differently. A person has to look.
 */
function freeze(view: View, payout: Payout, done: Done): Decision<{ payout: Payout }> | Refusal {
  if (payout.frozen) return { answer: { payout }, changes: {} };
  const step = advance(payout, { kind: "contradicted", at: view.now });
  if (isRefusal(step)) return step;
  const incident: Incident = {
    merchantId: payout.merchantId,
    payoutId: payout.id,
    version: step.payout.version,
    kind: "contradiction",
    facts: {
      state: payout.state,
      attempt: String(payout.attempt),
      verdict: done.status,
      bank_amount_minor: String(done.amountMinor),
      bank_currency: done.currency,
      bank_rail: done.rail,
    },
    at: view.now,
  };
  return {
    answer: { payout: step.payout },
    changes: { payouts: [step.payout], events: step.events, incidents: [incident] },
  };
}
