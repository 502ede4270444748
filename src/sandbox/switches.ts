import { declinedByAcquirer, insufficientFunds, type Decline } from "./amounts.ts";
import type { Plan } from "./orders.ts";

/** One switch: what it says in the manual, and how it turns the plan of the transfer. */
type Turn = { readonly says: string; readonly turn: (ms: number, send: number) => Partial<Plan> };

export const paid: Partial<Plan> = { arrival: "booked", status: "paid", decline: undefined, outcome: undefined };
export const declined = (decline: Decline): Partial<Plan> => ({ ...paid, status: "declined", decline });
export const accepted = (outcome: Plan["outcome"]): Partial<Plan> => ({ ...paid, status: "accepted", outcome });
export const lost: Partial<Plan> = { arrival: "lost", answer: "silence" };

export const turns: Record<string, Turn> = {
  declined: {
    says: "Declined for good: `declined_by_acquirer`, `hard_declined`.",
    turn: () => declined(declinedByAcquirer),
  },
  "declined-soft": {
    says: "Declined for now: `insufficient_funds`, `soft_declined`.",
    turn: () => declined(insufficientFunds),
  },
  "silent-paid": {
    says: "Paid, but the sender gets no answer: the connection is cut.",
    turn: () => ({ ...paid, answer: "silence" }),
  },
  "silent-lost": {
    says: "Never booked, however often it is sent, and no answer.",
    turn: () => lost,
  },
  "silent-lost-once": {
    says: "Like silent-lost for send 1; a later send is paid.",
    turn: (_, send) => (send === 1 ? lost : paid),
  },
  "error-paid": {
    says: "Paid, but the answer is HTTP 500.",
    turn: () => ({ ...paid, answer: "error" }),
  },
  "error-lost": {
    says: "Never booked, and the answer is HTTP 500.",
    turn: () => ({ arrival: "lost", answer: "error" }),
  },
  garbage: {
    says: "Paid, but the answer is HTTP 200 with JSON that breaks off.",
    turn: () => ({ ...paid, answer: "garbage" }),
  },
  "wrong-amount": {
    says: "Paid, but the answer names another amount than was booked.",
    turn: () => ({ ...paid, answer: "wrong_amount" }),
  },
  "wrong-reference": {
    says: "The answer is for another reference.",
    turn: () => ({ answer: "wrong_reference" }),
  },
  contradict: {
    says: "The answer says declined, but the books say paid; a callback says so a second later.",
    turn: () => ({ ...paid, answer: "no" }),
  },
  "slow=<ms>": {
    says: "Nothing happens for that time; then the transfer is booked and answered, unless it was fenced meanwhile.",
    turn: (waitMs) => ({ waitMs }),
  },
  "async-paid=<ms>": {
    says: "Accepted, paid after that time, and told by callback.",
    turn: (afterMs) => accepted({ status: "paid", afterMs, told: true }),
  },
  "async-declined=<ms>": {
    says: "Accepted, declined after that time, and told by callback.",
    turn: (afterMs) => accepted({ status: "declined", decline: declinedByAcquirer, afterMs, told: true }),
  },
  "async-silent-paid=<ms>": {
    says: "Accepted and paid after that time, without a callback.",
    turn: (afterMs) => accepted({ status: "paid", afterMs, told: false }),
  },
  "returned=<ms>": {
    says: "Returned that long after it was paid, and told by callback.",
    turn: (afterMs) => ({ returned: { afterMs, told: true } }),
  },
  "returned-silent=<ms>": {
    says: "Returned that long after it was paid, without a callback.",
    turn: (afterMs) => ({ returned: { afterMs, told: false } }),
  },
  "callback-twice": {
    says: "Each callback is sent twice.",
    turn: () => ({ callbackTwice: true }),
  },
  "callback-late=<ms>": {
    says: "Each callback is sent that much later.",
    turn: (callbackLateMs) => ({ callbackLateMs }),
  },
  "callback-forged": {
    says: "When the transfer comes in, a callback with a bad signature and a wrong status.",
    turn: () => ({ callbackForged: true }),
  },
  "late-paid=<ms>": {
    says: "No answer; booked as paid only after that time, without a callback, unless it is fenced before.",
    turn: (lateMs) => ({ ...paid, arrival: "late", lateMs, answer: "silence" }),
  },
};

/** What can be written after `sandbox:`, and what it does. Where two switches decide the same thing, the later one does. */
export const switches: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(turns).map(([name, { says }]) => [name, says]),
);
