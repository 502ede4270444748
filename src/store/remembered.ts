import type { Attempt } from "../core/attempt.ts";
import type { Payout } from "../core/payout.ts";
import type { Method } from "../core/parties.ts";
import { isOfNoLife, numberOf, whereOf } from "./transaction.ts";
import type { Facts } from "./wanted.ts";
import { keyOf, type WorkingCopy } from "./working-copy.ts";

/** A payout as a transaction of this connection left it. */
export interface Kept {
  readonly payout: Payout;
  readonly attempt: Attempt;
  /** The transaction that wrote it, as PostgreSQL shows it with the row (`xmin`). */
  readonly writer: string;
}

/** So many payouts, and so many methods, are remembered at most; the oldest are forgotten first. */
const mostKept = 10_000;

/**
 * The payouts that this connection wrote last and that wait for a bank's answer: the batch that writes the answer locks them, and
 * need not read them again. Whether a payout is still as it was left, PostgreSQL says itself, by the number of the transaction that wrote
 * the row last. And whose the methods are that it has seen, which never changes. Numbers count in one life of one database only: in
 * another all is forgotten, and in none nothing is kept.
 */
export class Remembered {
  readonly #kept = new Map<string, Kept>();
  readonly #methods = new Map<string, Pick<Method, "customer">>();
  #where: string | undefined;

  /** To be called when a transaction has begun: `transaction` as `transactionId` puts it together. */
  begin(transaction: string): void {
    const where = whereOf(transaction);
    if (where !== this.#where) for (const rows of [this.#kept, this.#methods]) rows.clear();
    this.#where = where;
  }

  /** What never changes of what is remembered, with the names that are known: enough to tell which customers and accounts are wanted. */
  facts(knownNames: ReadonlyMap<string, string>): Facts {
    const payouts = { get: (key: string) => this.#kept.get(key)?.payout };
    return { knownNames, payouts, methods: this.#methods, sessions: { get: () => undefined } };
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
    for (const { merchantId, id, customer } of copy.methods.values())
      this.#methods.set(keyOf(merchantId, id), { customer });
    for (const rows of [this.#kept, this.#methods]) {
      for (const oldest of rows.keys()) {
        if (rows.size <= mostKept) break;
        rows.delete(oldest);
      }
    }
  }
}
