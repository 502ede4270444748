import type { Verdict } from "../core/attempt.ts";
import type { Fault } from "../core/payout.ts";

/** What is paid to: opened from the vault just before sending, and never logged. */
export type Destination =
  | { readonly kind: "card"; readonly number: string; readonly expMonth: number; readonly expYear: number }
  | { readonly kind: "iban"; readonly holder: string; readonly iban: string }
  | { readonly kind: "bban"; readonly holder: string; readonly sortCode: string; readonly accountNumber: string };

/** One send to a bank. The same reference always carries the same instruction. */
export interface Instruction {
  readonly reference: string;
  /** Number of this send of the reference: 1, 2, … */
  readonly send: number;
  readonly amountMinor: bigint;
  readonly currency: string;
  readonly destination: Destination;
  readonly handle: string;
  readonly statementText: string | null;
  readonly merchantReference: string | null;
  /** The merchant's free text: only the sandbox reads it, for its switches. */
  readonly text: string | null;
  /** Only the sandbox: the amount decides the outcome. */
  readonly amountTable: boolean;
}

/** What a rail made of the bank's answer, or of its silence. Unknown or garbled answers are `unanswered`, never a no. */
export interface RailAnswer {
  readonly verdict: Verdict;
  /** For `declined`, `unanswered` and `never_received`. */
  readonly fault: Fault | null;
  readonly code: string | null;
  readonly message: string | null;
  readonly bankId: string | null;
  /** The bank's answer as JSON text, without card or account numbers. */
  readonly raw: string;
}

/** What the engine has to know of a rail in order to apply the rules of sending itself. */
export interface RailRules {
  readonly name: string;
  /** `deduplicates`: by reference, for good; `asks`: can be asked by reference; `neither`: one send per lifetime. */
  readonly class: "deduplicates" | "asks" | "neither";
  /** Asking also bars the reference to sends up to that number, so "never received" counts at once. */
  readonly fences: boolean;
  /** Otherwise "never received" counts this long after the deadline of the last send. */
  readonly horizonMs: number;
  /** How long the bank may take to answer. */
  readonly timeoutMs: number;
  /** How many may be under way at once. */
  readonly concurrency: number;
  /** Lengths the bank keeps; longer texts are cut. */
  readonly statementTextLength: number;
  readonly merchantReferenceLength: number;
}

/** A transfer as a bank's own list has it. */
export interface Listed {
  readonly reference: string;
  readonly status: "paid" | "accepted" | "declined" | "returned";
  readonly amountMinor: bigint;
  readonly currency: string;
  readonly bankId: string | null;
  /** When it last changed, by the bank's clock. */
  readonly at: number;
}

/** A way to move money. Never throws for what a bank does: every outcome is an answer. */
export interface Rail {
  readonly rules: RailRules;
  /** `left()` is called right before the first byte is written and may refuse it by throwing: the deadline has passed. */
  send(instruction: Instruction, left: () => void): Promise<RailAnswer>;
  /**
   * What became of `reference`; where the rail fences, sends up to `fence` that have not arrived never will. A bank that moved
   * another amount under it than `meant` has not answered about this one: unanswered.
   */
  find(reference: string, fence: number, meant?: Meant): Promise<RailAnswer>;
  /** References of transfers that changed after `cursor`, oldest first; an empty list: nothing new. */
  list?(cursor: string): Promise<{ readonly references: readonly string[]; readonly cursor: string }>;
  /**
   * All transfers that came in or changed since then (milliseconds since 1970, by the bank's clock), oldest first, in pages; one
   * that changed twice stands there twice. Throws when the bank does not answer: what is missing would be taken for undone.
   */
  listSince?(since: number): AsyncIterable<readonly Listed[]>;
  close(): Promise<void>;
}

/** What a transfer was to move. */
export type Meant = Pick<Instruction, "amountMinor" | "currency">;
