import { holdingStates } from "../../core/payout.ts";

/** Something that is true in every committed state. Its query finds what is not so: one row, with figures, for each case. */
export interface Invariant {
  readonly name: string;
  /** The promise, in words. */
  readonly says: string;
  readonly sql: string;
  readonly values?: readonly unknown[];
  /** True only while a server is running: it says that work goes on. */
  readonly live?: boolean;
}

/** A list of words as SQL writes it; for words of our own only. */
export const oneOf = (words: Iterable<string>): string => `(${[...words].map((word) => `'${word}'`).join(", ")})`;

/** The states of a payout whose money is held. */
export const holding = oneOf(holdingStates);
