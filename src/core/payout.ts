import { assert } from "./assert.ts";
import type { Entry, EntryKind } from "./ledger.ts";
import { refuse, type Refusal } from "./refusal.ts";

export const payoutStates = [
  "awaiting_approval",
  "queued",
  "sent",
  "accepted",
  "in_doubt",
  "paid",
  "failed",
  "cancelled",
  "returned",
] as const;
export type PayoutState = (typeof payoutStates)[number];

/** Why a payout failed, or is in doubt. The words are those of the payment field; dialects translate where they differ. */
export interface Fault {
  /** For example `insufficient_funds`, `credit_card_expired`, `acquirer_communication_error`. */
  readonly error: string;
  readonly errorState: "soft_declined" | "hard_declined" | "processing_error";
}

/** What happens to a payout. Events of a rail name the attempt they speak of. Instants are milliseconds since 1970. */
export type PayoutEvent = { readonly at: number } & (
  | {
      readonly kind:
        | "approved"
        | "approval_withdrawn"
        | "cancelled"
        | "retried"
        | "retry_asked"
        | "found_paid"
        | "contradicted"
        | "parked"
        | "unfrozen";
    }
  | { readonly kind: "refused"; readonly fault: Fault }
  | { readonly kind: "sent" | "unsent" | "accepted" | "paid" | "returned"; readonly attempt: number }
  | { readonly kind: "declined" | "unanswered" | "never_received"; readonly attempt: number; readonly fault: Fault }
);
export type PayoutEventKind = PayoutEvent["kind"];

/** What each state accepts, and where that leads. What a row does not name is refused. */
export const transitions: Record<PayoutState, Partial<Record<PayoutEventKind, PayoutState>>> = {
  // `refused`: our own no before anything left, such as too little money. `found_paid`: an operator has established that money
  // left all the same, where nothing says so; only a frozen payout takes it.
  awaiting_approval: { approved: "queued", cancelled: "cancelled", refused: "failed", found_paid: "paid" },
  queued: {
    sent: "sent",
    approval_withdrawn: "awaiting_approval",
    cancelled: "cancelled",
    refused: "failed",
    found_paid: "paid",
  },
  // `unsent`: certainly not a byte of it left, so it waits for another moment.
  sent: { accepted: "accepted", paid: "paid", declined: "failed", unanswered: "in_doubt", unsent: "queued" },
  accepted: { paid: "paid", declined: "failed" },
  // Silence is not a no: the bank may have paid, so the money stays held until it answers.
  in_doubt: {
    sent: "sent",
    unsent: "queued",
    accepted: "accepted",
    paid: "paid",
    declined: "failed",
    never_received: "failed",
  },
  paid: { returned: "returned" },
  // A new attempt: the last one moved no money.
  failed: { retried: "queued", retry_asked: "awaiting_approval", found_paid: "paid" },
  cancelled: { found_paid: "paid" },
  returned: {},
};

/**
 * These say something about a payout in any state and move none. A contradiction stops it until an operator decides; one that
 * is parked is not even looked at until then.
 */
const besideTheState: ReadonlySet<PayoutEventKind> = new Set(["contradicted", "parked", "unfrozen"]);

/** Where `event` leads from `state`; undefined: nowhere, it is refused. */
export const leadsTo = (state: PayoutState, event: PayoutEventKind): PayoutState | undefined =>
  besideTheState.has(event) ? state : transitions[state][event];

/** Whether something may still become of it by itself, or by an approval. */
export const isUnderWay = ({ state }: Pick<Payout, "state">): boolean =>
  state === "awaiting_approval" || holdingStates.has(state);

/** The states in which a payout's money is held: exactly those that a hold entry leads into and a later entry out of. */
export const holdingStates: ReadonlySet<PayoutState> = new Set(["queued", "sent", "accepted", "in_doubt"]);

export interface Payout {
  readonly merchantId: string;
  readonly id: string;
  /** The merchant's own name for it, unique for good. */
  readonly handle: string;
  /** The dialect it was asked for in. */
  readonly door: "frisbii" | "worldline";
  readonly customer: string;
  readonly state: PayoutState;
  readonly amountMinor: bigint;
  readonly currency: string;
  readonly text: string | null;
  /** The rail that the latest attempt goes over. */
  readonly rail: string;
  /** Number of the latest attempt, and of the latest send of that attempt (0: it has not left yet). */
  readonly attempt: number;
  readonly send: number;
  /** When the first send of the latest attempt that may have left was intended; null: certainly none has left. */
  readonly firstSentAt: number | null;
  /** No byte of the latest send was written after this. */
  readonly sendDeadlineAt: number | null;
  /** Number of the latest hold; the money of hold n is released, settled or given back under the same n. */
  readonly hold: number;
  /** How often it was tried again, after processing errors, to an unchanged destination. */
  readonly errorRetries: number;
  /** Questions asked of the bank since it was last sent: their number sets the pause before the next. */
  readonly asks: number;
  /** Times in a row that it was taken on, to be sent or asked about, and nothing came of it. */
  readonly tries: number;
  /** Answers recorded so far: the number of the latest one. */
  readonly answers: number;
  readonly fault: Fault | null;
  /** It has an open incident: nothing leaves before an operator decides. */
  readonly frozen: boolean;
  /** Marks of evidence that has contradicted it: each freezes it once. */
  readonly contradictedBy: readonly string[];
  /** Events so far; the sequence number of the latest event. */
  readonly version: number;
  readonly createdAt: number;
  readonly changedAt: number;
  /** The date it was asked for with: not to be sent before, unless an approval names another one. */
  readonly dueAt: number;
  /**
   * When the engine must look at it again: to send it, to take its lease as expired, or to ask. Null: never by itself, because
   * it is over, waits for approval, or is parked.
   */
  readonly nextAt: number | null;
  readonly paidAt: number | null;
  readonly failedAt: number | null;
}

/** One row of a payout's history, told to whoever follows it. `version` numbers a payout's events without gaps. */
export interface PayoutHistory {
  readonly merchantId: string;
  readonly payoutId: string;
  readonly version: number;
  readonly kind: PayoutEventKind | "created";
  readonly state: PayoutState;
  readonly attempt: number;
  readonly at: number;
}

export interface Step {
  readonly payout: Payout;
  readonly entries: readonly Entry[];
  readonly events: readonly PayoutHistory[];
}

/** A payout as it is asked for; it starts out queued with its money held, or awaiting approval with nothing held. */
export function create(draft: NewPayout, state: "queued" | "awaiting_approval", at: number): Step {
  const payout: Payout = {
    merchantId: draft.merchantId,
    id: draft.id,
    handle: draft.handle,
    door: draft.door,
    customer: draft.customer,
    state,
    amountMinor: draft.amountMinor,
    currency: draft.currency,
    text: draft.text,
    rail: draft.rail,
    attempt: 1,
    send: 0,
    firstSentAt: null,
    sendDeadlineAt: null,
    hold: state === "queued" ? 1 : 0,
    errorRetries: 0,
    asks: 0,
    tries: 0,
    answers: 0,
    fault: null,
    frozen: false,
    contradictedBy: [],
    version: 1,
    createdAt: at,
    changedAt: at,
    dueAt: draft.dueAt,
    nextAt: state === "queued" ? draft.dueAt : null,
    paidAt: null,
    failedAt: null,
  };
  assert(payout.amountMinor > 0n, `payout ${payout.id} has a positive amount`);
  return {
    payout,
    entries: state === "queued" ? [entryOf(payout, "hold")] : [],
    events: [historyOf(payout, "created")],
  };
}
export type NewPayout = Pick<
  Payout,
  "merchantId" | "id" | "handle" | "door" | "customer" | "amountMinor" | "currency" | "text" | "rail" | "dueAt"
>;

/** The payout after `event`, and the ledger entries that move its money along. The caller saves both or neither. */
export function advance(payout: Payout, event: PayoutEvent): Step | Refusal {
  const state = leadsTo(payout.state, event.kind);
  if (state === undefined || isTooLate(payout, event.kind))
    return refuse("wrong_state", { state: payout.state, event: event.kind });
  if (payout.frozen && frozenOut.has(event.kind)) return refuse("frozen", { event: event.kind });
  if ("attempt" in event && event.attempt !== payout.attempt)
    return refuse("closed_attempt", { attempt: String(event.attempt) });

  const retries = event.kind === "retried" || event.kind === "retry_asked";
  const beside = besideTheState.has(event.kind);
  const kinds = beside ? [] : moneySteps(payout.state, state);
  const moved: Payout = {
    ...payout,
    state,
    attempt: retries ? payout.attempt + 1 : payout.attempt,
    send: retries ? 0 : event.kind === "sent" ? payout.send + 1 : payout.send,
    firstSentAt: firstSentAfter(payout, event),
    hold: kinds.includes("hold") ? payout.hold + 1 : payout.hold,
    asks: event.kind === "sent" ? 0 : payout.asks,
    tries: retries || event.kind === "unfrozen" ? 0 : payout.tries,
    fault: "fault" in event ? event.fault : beside ? payout.fault : null,
    frozen: event.kind === "contradicted" || event.kind === "parked" || (payout.frozen && event.kind !== "unfrozen"),
    version: payout.version + 1,
    changedAt: event.at,
    nextAt: holdingStates.has(state) && event.kind !== "parked" ? (payout.nextAt ?? event.at) : null,
    paidAt: event.kind === "paid" || event.kind === "found_paid" ? event.at : payout.paidAt,
    failedAt: state !== "failed" ? null : beside ? payout.failedAt : event.at,
  };
  return {
    payout: moved,
    entries: kinds.map((kind) => entryOf(moved, kind)),
    events: [historyOf(moved, event.kind)],
  };
}

const frozenOut: ReadonlySet<PayoutEventKind> = new Set([
  "approved",
  "approval_withdrawn",
  "cancelled",
  "retried",
  "retry_asked",
  "sent",
]);

/** What has once been intended to leave is not taken back, and only what waits for an operator is found to be paid. */
function isTooLate(payout: Payout, kind: PayoutEventKind): boolean {
  const takesBack = kind === "cancelled" || kind === "approval_withdrawn";
  return (takesBack && payout.send > 0) || (kind === "found_paid" && !payout.frozen);
}

function firstSentAfter(payout: Payout, { kind, at }: PayoutEvent): number | null {
  if (kind === "sent") return payout.firstSentAt ?? at;
  return kind === "unsent" || kind === "retried" || kind === "retry_asked" ? null : payout.firstSentAt;
}

/** Which entries a change of state makes: money is held on entering the holding states, and leaves them once. */
function moneySteps(from: PayoutState, to: PayoutState): readonly EntryKind[] {
  const [held, holds] = [holdingStates.has(from), holdingStates.has(to)];
  if (to === "paid") return held ? ["settle"] : ["hold", "settle"]; // found to have left without being held
  if (held) return holds ? [] : ["release"];
  return holds ? ["hold"] : to === "returned" ? ["give_back"] : [];
}

const entryOf = (payout: Payout, kind: EntryKind): Entry => ({
  merchantId: payout.merchantId,
  subjectId: payout.id,
  hold: payout.hold,
  kind,
  currency: payout.currency,
  amountMinor: payout.amountMinor,
});

const historyOf = (payout: Payout, kind: PayoutHistory["kind"]): PayoutHistory => ({
  merchantId: payout.merchantId,
  payoutId: payout.id,
  version: payout.version,
  kind,
  state: payout.state,
  attempt: payout.attempt,
  at: payout.changedAt,
});
