import type { Attempt } from "../core/attempt.ts";
import type { Payout } from "../core/payout.ts";
import { isOfNoLife, numberOf, whereOf } from "./transaction.ts";
import { keyOf, type WorkingCopy } from "./working-copy.ts";

/** A payout as a transaction of this connection left it. */
export interface Kept {
  readonly payout: Payout;
  readonly attempt: Attempt;
  /** The transaction that wrote it, as PostgreSQL shows it with the row (`xmin`). */
  readonly writer: string;
}

/** So many payouts are remembered at most; the oldest are forgotten first. */
const mostKept = 10_000;

/**
 * The payouts that this connection wrote last and that wait for a bank's answer: the batch that writes the answer locks them, and
 * need not read them again. Whether a payout is still as it was left, PostgreSQL says itself, by the number of the transaction that wrote
 * the row last. Numbers count in one life of one database only: in another all is forgotten, and in none nothing is kept.
 */
export class Remembered {
  readonly #kept = new Map<string, Kept>();
  #where: string | undefined;

  /** To be called when a transaction has begun: `transaction` as `transactionId` puts it together. */
  begin(transaction: string): void {
    const where = whereOf(transaction);
    if (where !== this.#where) this.#kept.clear();
    this.#where = where;
  }

  of(merchantId: string, payoutId: string): Kept | undefined {
    return this.#kept.size === 0 ? undefined : this.#kept.get(keyOf(merchantId, payoutId));
  }

  /** To be called when `transaction` is committed. */
  keep(transaction: string, copy: WorkingCopy): void {
    if (isOfNoLife(transaction)) return;
    const writer = String(BigInt.asUintN(32, BigInt(numberOf(transaction))));
    for (const payout of copy.payouts.written()) {
      const key = keyOf(payout.merchantId, payout.id);
      const attempt = copy.latestAttempts.get(key);
      this.#kept.delete(key);
      if (payout.state === "sent" && attempt !== undefined) this.#kept.set(key, { payout, attempt, writer });
    }
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= mostKept) break;
      this.#kept.delete(oldest);
    }
  }
}
