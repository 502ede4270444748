import type { Answer, Attempt } from "../core/attempt.ts";
import type { Changes, Decision, View } from "../core/command.ts";
import { canSpend } from "../core/ledger.ts";
import { advance, type Fault, type Payout, type Step } from "../core/payout.ts";
import { isRefusal, refuse, type Refusal } from "../core/refusal.ts";
import type { Reached } from "./destination.ts";
import { intend, type Forgotten, type Tools } from "./intent.ts";
import { nameOf, nextReference } from "./reference.ts";
import type { Accepted, PayoutRequest } from "./request.ts";

export type EntryState = "queued" | "awaiting_approval";

/** What a new payout and a new attempt have in common: approval, money, the attempt, and, where it can be, the first send. */
export function take(
  view: View,
  request: PayoutRequest,
  reached: Reached,
  tools: Tools,
  enter: (state: EntryState) => Step | Refusal,
  beside: Changes,
): Decision<Accepted> | Refusal {
  const waits = view.merchant.approval[request.door];
  const funded = waits || canSpend(view.account(request.currency), request.amountMinor);
  const entered = enter(waits || !funded ? "awaiting_approval" : "queued");
  if (isRefusal(entered)) return entered;

  const before = entered.payout.attempt === 1 ? undefined : view.attempt(entered.payout.id);
  const next = nextReference(view, nameOf(request, entered.payout), before?.reference ?? null, tools);
  const unlike = next.forgotten === null ? null : mismatch(next.forgotten, request, reached.rail);
  if (unlike !== null) return unlike;
  const mayBePaid = next.forgotten !== null || tools.mayHaveForgotten === true; // then it may not be said to have failed
  if (!funded && mayBePaid) return refuse("insufficient_funds", { currency: request.currency });
  const attempt = attemptOf(view, entered.payout, request, reached, next.reference);
  const leaves = !waits && entered.payout.dueAt <= view.now && request.permits.includes(reached.rail);
  const sent = funded && leaves ? intend(entered.payout, attempt, view.now, tools) : null;
  const no = funded ? null : sayNo(entered.payout, insufficientFunds, view.now);
  const last = sent ?? no ?? entered;
  if (isRefusal(last)) return last;

  const references = last.payout.attempt === 1 ? (request.references ?? null) : null;
  const steps = last === entered ? [entered] : [entered, last];
  const order = sent === null || isRefusal(sent) ? null : sent.order;
  const own = no === null || isRefusal(no) ? null : no.own;
  return {
    answer: { payout: last.payout, attempt, reached, heard: own, order, ask: false, repeated: false },
    changes: {
      ...beside,
      vault: request.destination.kind === "inline" ? [reached.vault] : [],
      references:
        references === null ? [] : [{ merchantId: last.payout.merchantId, payoutId: last.payout.id, ...references }],
      tokens: reached.token === null ? [] : [{ ...reached.token, usedAt: view.now }],
      payouts: [last.payout],
      attempts: [attempt],
      sends: order === null ? [] : [order.send],
      answers: own === null ? [] : [own],
      entries: steps.flatMap((step) => step.entries),
      events: steps.flatMap((step) => step.events),
    },
  };
}

/** Why a request cannot stand for what a bank has already done under its name: it asks for something else. */
function mismatch(done: Forgotten, request: PayoutRequest, rail: string): Refusal | null {
  const same = done.amountMinor === request.amountMinor && done.currency === request.currency && done.rail === rail;
  return same ? null : refuse("payout_already_paid");
}

export const insufficientFunds: Fault = { error: "insufficient_funds", errorState: "soft_declined" };

/** Our own no: the payout fails before anything has left, and the reason stands where a bank's would. */
export function sayNo(payout: Payout, fault: Fault, now: number): (Step & { own: Answer }) | Refusal {
  const step = advance(payout, { kind: "refused", fault, at: now });
  if (isRefusal(step)) return step;
  const { merchantId, attempt } = payout;
  const answer = payout.answers + 1;
  const evidence = { code: null, message: null, bankId: null, raw: "{}" } as const;
  const own: Answer = {
    merchantId,
    payoutId: payout.id,
    attempt,
    answer,
    source: "own",
    verdict: "declined",
    fault,
    ...evidence,
    closes: true,
    at: now,
  };
  return { ...step, payout: { ...step.payout, answers: answer }, own };
}

const attemptOf = (
  view: View,
  payout: Payout,
  request: PayoutRequest,
  reached: Reached,
  reference: string,
): Attempt => ({
  merchantId: payout.merchantId,
  payoutId: payout.id,
  attempt: payout.attempt,
  reference,
  rail: reached.rail,
  vaultId: reached.vault.vaultId,
  methodId: reached.method?.id ?? null,
  amountMinor: payout.amountMinor,
  statementText: request.statementText,
  merchantReference: request.merchantReference,
  at: view.now,
});
