import type { Verdict } from "../core/attempt.ts";
import type { Fault } from "../core/payout.ts";
import type { RailPolicy } from "../core/rail.ts";
import { isTimezone, type BankDays } from "./bank-days.ts";

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

/**
 * What a rail made of the bank's answer, or of its silence. Unknown or garbled answers are `unanswered`, never a no. A send of which
 * certainly not a byte was written, because the bank could not be reached or `left()` refused it, is `unsent`.
 */
export interface RailAnswer {
  readonly verdict: Verdict;
  /** For `declined`, `unanswered`, `unsent` and `never_received`. */
  readonly fault: Fault | null;
  readonly code: string | null;
  readonly message: string | null;
  readonly bankId: string | null;
  /** The bank's answer as JSON text, without card or account numbers. */
  readonly raw: string;
  /** The bank knows the reference, but for another amount or currency: `unanswered`, and a matter for a person. */
  readonly differs?: boolean;
}

/** What the engine has to know of a rail in order to apply the rules of sending itself. */
export interface RailRules extends RailPolicy {
  /** How long the bank may take to answer. */
  readonly timeoutMs: number;
  /** How many may be under way at once. */
  readonly concurrency: number;
  /** Lengths the bank keeps; longer texts are cut. */
  readonly statementTextLength: number;
  readonly merchantReferenceLength: number;
  /** Left out: the bank takes transfers around the clock. What falls due on another day stays queued until the next of these. */
  readonly bankDays?: BankDays;
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
  /**
   * `left()` is called once there is a connection, in the same turn as the first byte is written, and may refuse it by throwing: the
   * deadline has passed. It is called anew for each time that anything is written.
   */
  send(instruction: Instruction, left: () => void): Promise<RailAnswer>;
  /**
   * What became of `reference`; where the rail fences, sends up to `fence` that have not arrived never will. Left out by a rail of
   * the class `neither`. `sent`: what was sent under it; unknown when a reference is asked for that nobody used.
   */
  find?(reference: string, fence: number, sent: Sent | null): Promise<RailAnswer>;
  /** References of transfers that changed after `cursor`, oldest first; an empty list: nothing new. */
  list?(cursor: string): Promise<{ readonly references: readonly string[]; readonly cursor: string }>;
  /**
   * All transfers that came in or changed since then (milliseconds since 1970, by the bank's clock), oldest first, in pages; one
   * that changed twice stands there twice. Throws when the bank does not answer: what is missing would be taken for undone.
   */
  listSince?(since: number): AsyncIterable<readonly Listed[]>;
  close(): Promise<void>;
}

export type Sent = Pick<Instruction, "amountMinor" | "currency">;

/** Throws, in words for whoever wrote the rail, when its promises do not fit together. */
export function expectSound(rail: Rail): void {
  const { rules } = rail;
  const canBeAsked = rail.find !== undefined;
  const wrong = (what: string): never => {
    throw new TypeError(`the rail ${rules.name} ${what}`);
  };
  if (rules.class === "neither" && canBeAsked) wrong("is of the class neither, and has find()");
  if (rules.class !== "neither" && !canBeAsked) wrong(`is of the class ${rules.class}, and has no find()`);
  if (rules.fences && rules.class === "neither") wrong("cannot be asked, and so cannot fence");
  if (rules.windowMs !== undefined && rules.class !== "deduplicates")
    wrong("states a window, and does not deduplicate");
  if (!rules.fences && rules.class !== "neither" && rules.horizonMs < rules.timeoutMs)
    wrong("has a horizon that is shorter than a send may take");
  if (rules.bankDays !== undefined && !isTimezone(rules.bankDays.timezone))
    wrong(`has bank days in ${rules.bankDays.timezone}, which is no time zone`);
}
