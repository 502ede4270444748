import { amounts, type Decline } from "./amounts.ts";
import type { Step } from "./books.ts";
import { accepted, declined, lost, paid, turns } from "./switches.ts";

/** What is going to become of a transfer, and what the sender is told of it. The bank carries it out. */
export type Plan = {
  /** Before the bank looks at the transfer at all. */
  readonly waitMs: number;
  /** Lost: never booked. Late: booked `lateMs` after it came, unless it is fenced before. */
  readonly arrival: "booked" | "lost" | "late";
  readonly lateMs: number;
  readonly status: "paid" | "accepted" | "declined";
  readonly decline: Decline | undefined;
  /** What becomes of an accepted transfer. */
  readonly outcome: ({ readonly status: "paid" | "declined"; readonly decline?: Decline } & Told) | undefined;
  /** The money comes back that long after it was paid. */
  readonly returned: Told | undefined;
  readonly answer: "truth" | "silence" | "error" | "garbage" | "wrong_amount" | "wrong_reference" | "no";
  readonly callbackTwice: boolean;
  readonly callbackLateMs: number;
  readonly callbackForged: boolean;
};

/** When something happens, and whether a callback tells of it. */
type Told = { readonly afterMs: number; readonly told: boolean };

/** The longest time that a switch takes: an hour. */
export const longestMs = 3_600_000;

const cardDefault: Plan = {
  waitMs: 0,
  arrival: "booked",
  lateMs: 0,
  status: "paid",
  decline: undefined,
  outcome: undefined,
  returned: undefined,
  answer: "truth",
  callbackTwice: false,
  callbackLateMs: 0,
  callbackForged: false,
};
/** A bank account is credited later, as it is with real banks. */
const accountDefault: Plan = { ...cardDefault, ...accepted({ status: "paid", afterMs: 500, told: true }) };

/** What is asked for: by the kind of destination, then the amount table where it decides, then the switches in `orders`. */
export function planFor(order: {
  readonly kind: "card" | "account";
  readonly send: number;
  readonly amountMinor: number;
  readonly amountTable: boolean;
  readonly orders: string;
}): Plan | { readonly unknownSwitch: string } {
  let plan = order.kind === "card" ? cardDefault : accountDefault;
  if (order.amountTable) plan = { ...plan, ...byAmount(order.amountMinor) };
  if (!order.orders.includes("sandbox:")) return plan;
  for (const [, name = "", value] of order.orders.matchAll(/sandbox:([A-Za-z]+(?:-[A-Za-z]+)*)(?:=(\w*))?/g)) {
    const key = value === undefined ? name : `${name}=<ms>`;
    const ms = /^\d{1,7}$/.test(value ?? "0") ? Number(value ?? 0) : Infinity;
    if (!Object.hasOwn(turns, key) || ms > longestMs) {
      return { unknownSwitch: value === undefined ? name : `${name}=${value}` };
    }
    plan = { ...plan, ...turns[key]?.turn(ms, order.send) };
  }
  return plan;
}

function byAmount(amountMinor: number): Partial<Plan> {
  const row = amounts.get(amountMinor);
  if (row === undefined) return {};
  if (row === "paid") return paid;
  if (row === "silence") return lost;
  if (row === "error") return { arrival: "lost", answer: "error" };
  return declined(row);
}

/** What is still to come of a transfer once it is booked, in order. */
export function stepsOf({ status, outcome, returned, callbackTwice, callbackLateMs }: Plan): Step[] {
  const callback = (told: boolean) => (told ? { twice: callbackTwice, lateMs: callbackLateMs } : null);
  const steps: Step[] = [];
  if (outcome !== undefined) {
    const { told, ...step } = outcome;
    steps.push({ ...step, callback: callback(told) });
  }
  if (returned !== undefined && (outcome?.status ?? status) === "paid") {
    steps.push({ status: "returned", afterMs: returned.afterMs, callback: callback(returned.told) });
  }
  return steps;
}
