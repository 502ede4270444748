import type { Settings } from "./options.ts";
import type { Patience } from "./patience.ts";
import { latest, type Payout } from "./payout.ts";

/** Counts how often a payout that failed was tried again, by the error state that led to it. */
export class Retries {
  readonly #settings: Settings;
  readonly #done = new Map<string, number>();

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  /** How long to wait before the next try, in milliseconds; null if there shall be none. */
  next(payout: Payout, patience: Patience): number | null {
    const { errorRetries, softRetries, retries } = this.#settings;
    const state = latest(payout)?.error_state ?? "hard_declined";
    const most =
      { processing_error: errorRetries, soft_declined: softRetries, hard_declined: 0, pending: 0 }[state] ?? 0;
    const done = this.#done.get(state) ?? 0;
    if (done >= most) return null;
    this.#done.set(state, done + 1);
    return patience.growing(retries, done);
  }
}
