import type { Outcome } from "../store/batch.ts";
import type { Waiting } from "./queue.ts";

/** Callers that are told in one turn: what they do then (calling banks, answering clients) takes about a millisecond. */
const atOnce = 32;

/**
 * Tells callers what became of their commands: of a large batch some at a time, so that what PostgreSQL and the banks say meanwhile is
 * heard in between, and the next batch goes on while the last one's callers are still being told.
 */
export class Telling {
  readonly #sleep: (ms: number) => Promise<void>;
  readonly #underWay = new Set<Promise<void>>();

  constructor({ sleep }: { sleep(ms: number): Promise<void> }) {
    this.#sleep = sleep;
  }

  tell(batch: readonly Waiting[], outcomes: readonly Outcome[]): void {
    if (batch.length <= atOnce) return tellPart(batch, outcomes, 0);
    const told = this.#tellInParts(batch, outcomes).finally(() => this.#underWay.delete(told));
    this.#underWay.add(told);
  }

  async #tellInParts(batch: readonly Waiting[], outcomes: readonly Outcome[]): Promise<void> {
    for (let from = 0; from < batch.length; from += atOnce) {
      await this.#sleep(0);
      tellPart(batch, outcomes, from);
    }
  }

  /** Resolves when everybody has been told. */
  async end(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
  }
}

const tellPart = (batch: readonly Waiting[], outcomes: readonly Outcome[], from: number): void =>
  batch.slice(from, from + atOnce).forEach((waiting, index) => waiting.finish(outcomes[from + index]!));
