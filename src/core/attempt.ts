import type { Fault } from "./payout.ts";

/** One try to pay on one rail. It is written once; how it ended stands in the answer that closed it. */
export interface Attempt {
  readonly merchantId: string;
  readonly payoutId: string;
  /** 1, 2, …: a payout has one open attempt at most. */
  readonly attempt: number;
  /** What the bank knows it by and judges duplicates by: at most 20 characters, the same on every send. */
  readonly reference: string;
  readonly rail: string;
  /** The card or account in the vault. */
  readonly vaultId: string;
  /** The saved payment method it was reached through, if it was. */
  readonly methodId: string | null;
  readonly amountMinor: bigint;
  /** Travel beside the reference, truncated by the rail, and are never what duplicates are judged by. */
  readonly statementText: string | null;
  readonly merchantReference: string | null;
  readonly at: number;
}

/** The committed intent of one send; no byte leaves without one of its own. */
export interface Send {
  readonly merchantId: string;
  readonly payoutId: string;
  readonly attempt: number;
  readonly send: number;
  /** Digest of what is sent: one reference carries one instruction, byte for byte. */
  readonly bodyHash: string;
  /** No byte may be written after this. */
  readonly deadlineAt: number;
  readonly at: number;
}

/**
 * How much an answer's source is believed, least first: a lower rank never overrides a higher one, and a callback is only
 * a hint to ask. `own` is no bank's: our no before anything left. `operator` is a person's word, given with a reason after looking
 * at all the rest, about a payout that waits for it; a bank that says otherwise later freezes the payout again.
 */
export const answerSources = ["own", "callback", "reply", "status_file", "inquiry", "statement", "operator"] as const;
export type AnswerSource = (typeof answerSources)[number];

/** `unsent`: certainly not a byte of it left. */
export type Verdict = "paid" | "accepted" | "declined" | "unanswered" | "unsent" | "never_received" | "returned";

/** Evidence: what a rail said, or that it said nothing. Never changed, never deleted. */
export interface Answer {
  readonly merchantId: string;
  readonly payoutId: string;
  readonly attempt: number;
  /** 1, 2, … within the payout. */
  readonly answer: number;
  readonly source: AnswerSource;
  readonly verdict: Verdict;
  readonly fault: Fault | null;
  /** The acquirer's own code and words. */
  readonly code: string | null;
  readonly message: string | null;
  /** The bank's id of the transfer. */
  readonly bankId: string | null;
  /** The bank's answer, scrubbed of card and account numbers, as JSON text. */
  readonly raw: string;
  /** Whether it ended its attempt. */
  readonly closes: boolean;
  readonly at: number;
}

export type IncidentKind = "contradiction" | "silence" | "poison";

/**
 * Something only a person can settle: the payout is frozen, its money stays where it is, and it is listed.
 * `contradiction`: a bank's word speaks against a final outcome, or against what was sent. `silence`: no answer came over a rail
 * that cannot be asked. `poison`: taking it on has come to nothing too often.
 */
export interface Incident {
  readonly merchantId: string;
  readonly payoutId: string;
  /** The version of the payout at which it was opened: its number within the payout. */
  readonly version: number;
  readonly kind: IncidentKind;
  readonly facts: Readonly<Record<string, string>>;
  readonly at: number;
}
