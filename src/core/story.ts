import type { Answer, Attempt } from "./attempt.ts";
import type { PayoutReferences } from "./command.ts";
import type { Method, VaultFacts } from "./parties.ts";
import type { Payout } from "./payout.ts";

/** A payout with all that a dialect tells about it, attempts oldest first. */
export interface Story {
  readonly payout: Payout;
  readonly attempts: readonly AttemptStory[];
  /** Null: it was given none. */
  readonly references: PayoutReferences | null;
}

export interface AttemptStory {
  readonly attempt: Attempt;
  readonly vault: VaultFacts;
  /** The saved method it was reached through, as it is now. */
  readonly method: Method | null;
  /** An operator's word, else the answer that closed it, else the latest one; null: none yet. */
  readonly heard: Answer | null;
}
