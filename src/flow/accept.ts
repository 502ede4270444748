import type { Answer, Attempt } from "../core/attempt.ts";
import type { Command, Decision, NameClaim, View } from "../core/command.ts";
import { canSpend } from "../core/ledger.ts";
import type { Customer } from "../core/parties.ts";
import { advance, create, type Fault, type Payout, type Step } from "../core/payout.ts";
import { isRefusal, type Refusal } from "../core/refusal.ts";
import { payerOf } from "./customer.ts";
import { reach, type DestinationRef, type Reached } from "./destination.ts";
import { intend, type SendOrder, type Tools } from "./intent.ts";
import { retry } from "./retry.ts";

/** A payout as it is asked for, in any dialect. */
export interface PayoutRequest {
  readonly merchantId: string;
  /** The id it gets if it is new. */
  readonly id: string;
  readonly door: Payout["door"];
  readonly handle: string;
  readonly amountMinor: bigint;
  readonly currency: string;
  readonly text: string | null;
  readonly statementText: string | null;
  readonly merchantReference: string | null;
  readonly customer: string | null;
  /** A customer to be created in the same step. */
  readonly newCustomer: NewCustomer | null;
  readonly destination: DestinationRef;
  /** Not to be sent before; null: at once. */
  readonly dueAt: number | null;
  /** Rails on which there is room for one more send: only over these may it leave at once. */
  readonly permits: readonly string[];
}
export type NewCustomer = Omit<Customer, "merchantId" | "createdAt" | "deletedAt"> & { readonly test: boolean | null };

/** What became of the request. `order`: committed to be sent now. `ask`: in doubt, so the bank has to be asked first. */
export interface Accepted {
  readonly payout: Payout;
  readonly attempt: Attempt;
  /** Null for a repeat that changed nothing. */
  readonly reached: Reached | null;
  /** The latest answer about this attempt, as far as it came in time. */
  readonly heard: Answer | null;
  readonly order: SendOrder | null;
  readonly ask: boolean;
}

/** For so long a bank that never received an attempt gets it again. */
const resendForMs = 3_600_000;

/**
 * Takes a payout on: the money is held, and, if it is due and nothing stands in its way, its first send is intended, all in
 * one commit. A handle that is known is that payout again, never a second one (see retry.ts).
 */
export function acceptPayout(request: PayoutRequest, tools: Tools): Command<Accepted> {
  const { merchantId, destination, newCustomer } = request;
  const names: NameClaim[] = [{ kind: "payout", name: request.handle, id: request.id }];
  if (newCustomer !== null) names.push({ kind: "customer", name: newCustomer.handle, id: request.id });
  return {
    kind: "accept",
    merchantId,
    urgent: false,
    names,
    methods: destination.kind === "method" ? [destination.id] : [],
    tokens: destination.kind === "token" ? [destination.id] : [],
    customers: [request.customer, newCustomer?.handle ?? null].filter((handle) => handle !== null),
    currency: request.currency,
    decide(view) {
      const known = view.named("payout", request.handle);
      const payout = known === undefined ? undefined : view.payout(known);
      return payout === undefined ? acceptNew(view, request, tools) : retry(view, payout, request, tools);
    },
  };
}

function acceptNew(view: View, request: PayoutRequest, tools: Tools): Decision<Accepted> | Refusal {
  const payer = payerOf(view, request);
  if (isRefusal(payer)) return payer;
  const reached = reach(view, request.destination, payer.handle, request.currency);
  if (isRefusal(reached)) return reached;
  const dueAt = Math.max(request.dueAt ?? 0, view.now);
  const enter = (state: EntryState) => create({ ...request, customer: payer.handle, dueAt }, state, view.now);
  return take(view, request, reached, tools, enter, payer.isNew ? [payer] : []);
}

export type EntryState = "queued" | "awaiting_approval";

/** What a new payout and a new attempt have in common: approval, money, the attempt, and, where it can be, the first send. */
export function take(
  view: View,
  request: PayoutRequest,
  reached: Reached,
  tools: Tools,
  enter: (state: EntryState) => Step | Refusal,
  customers: readonly Customer[],
): Decision<Accepted> | Refusal {
  const waits = view.merchant.approval[request.door];
  const funded = waits || canSpend(view.account(request.currency), request.amountMinor);
  const entered = enter(waits || !funded ? "awaiting_approval" : "queued");
  if (isRefusal(entered)) return entered;

  const attempt = attemptOf(view, entered.payout, request, reached, tools);
  const leaves = !waits && entered.payout.dueAt <= view.now && request.permits.includes(reached.rail);
  const sent = funded && leaves ? intend(entered.payout, attempt, view.now, tools) : null;
  const no = funded ? null : sayNo(entered.payout, insufficientFunds, view.now);
  const last = sent ?? no ?? entered;
  if (isRefusal(last)) return last;

  const steps = last === entered ? [entered] : [entered, last];
  const order = sent === null || isRefusal(sent) ? null : sent.order;
  const own = no === null || isRefusal(no) ? null : no.own;
  return {
    answer: { payout: last.payout, attempt, reached, heard: own, order, ask: false },
    changes: {
      customers,
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

export const insufficientFunds: Fault = { error: "insufficient_funds", errorState: "soft_declined" };

/** Our own no: the payout fails before anything has left, and the reason stands where a bank's would. */
export function sayNo(payout: Payout, fault: Fault, now: number): (Step & { own: Answer }) | Refusal {
  const step = advance(payout, { kind: "refused", fault, at: now });
  if (isRefusal(step)) return step;
  const { merchantId, attempt } = payout;
  const answer = payout.answers + 1;
  const evidence = { code: null, message: null, bankId: null, raw: "{}" } as const;
  const own: Answer = { merchantId, payoutId: payout.id, attempt, answer, source: "own", verdict: "declined", fault, ...evidence, closes: true, at: now };
  return { ...step, payout: { ...step.payout, answers: answer }, own };
}

const attemptOf = (view: View, payout: Payout, request: PayoutRequest, reached: Reached, tools: Tools): Attempt => ({
  merchantId: payout.merchantId,
  payoutId: payout.id,
  attempt: payout.attempt,
  reference: tools.reference(view.merchant.referencePrefix, payout.handle, payout.attempt),
  rail: reached.rail,
  vaultId: reached.vault.vaultId,
  methodId: reached.method?.id ?? null,
  amountMinor: payout.amountMinor,
  statementText: request.statementText,
  merchantReference: request.merchantReference,
  resendUntil: payout.dueAt + resendForMs,
  at: view.now,
});
