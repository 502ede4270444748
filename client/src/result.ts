import type { Payout } from "./payout.ts";

/** What became of a payout. */
export type PayResult = Paid | Failed | Open;

/** The money was paid out. */
export interface Paid {
  readonly outcome: "paid";
  readonly payout: Payout;
}

/** No money moved, and none will unless it is asked for again. The payout's latest transaction says why. */
export interface Failed {
  readonly outcome: "failed";
  readonly payout: Payout;
}

/**
 * Nobody knows yet: the money may have moved, or may still. Call `pay` again later with the same arguments, and pay by no other
 * way until then.
 */
export interface Open {
  readonly outcome: "open";
  /** As it was read last; null if nothing was read. */
  readonly payout: Payout | null;
  /** What was in the way; null if it only takes time. */
  readonly because: Error | null;
}
