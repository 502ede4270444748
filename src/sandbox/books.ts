import { join } from "node:path";
import type { Decline } from "./amounts.ts";
import { Journal } from "./journal.ts";

export type Status = "accepted" | "paid" | "declined" | "returned";

/** A transfer as the books hold it. Instants are milliseconds since 1970. */
export type Transfer = {
  readonly reference: string;
  readonly bankId: string;
  readonly status: Status;
  readonly amountMinor: number;
  readonly currency: string;
  /** The fingerprint of the destination; the number itself is nowhere in the books. */
  readonly destination: string;
  readonly decline?: Decline | undefined;
  readonly bookedAt?: number | undefined;
  readonly returnedAt?: number | undefined;
};

/** Something that will become of a transfer, `afterMs` after the step before. `callback` null: nobody is told. */
export type Step = {
  readonly status: Exclude<Status, "accepted">;
  readonly afterMs: number;
  readonly decline?: Decline;
  readonly callback: { readonly twice: boolean; readonly lateMs: number } | null;
};

/** What is still to come of a transfer, the first of it at `dueAt`. */
export type Pending = { readonly dueAt: number; readonly toCome: readonly Step[] };

/** A transfer as it came in, before it is booked. `shown` names its destination for people. */
export type Arrival = {
  readonly send: number;
  readonly shown: string;
  readonly transfer: Omit<Transfer, "bankId">;
};

/** A transfer that is to be booked later, unless it is fenced before. */
export type Late = Arrival & Pending & { readonly kind: "late"; readonly at: number };

/** What the journal's lines say. */
type Change = {
  readonly kind: "change";
  readonly at: number;
  readonly transfer: Transfer;
} & Partial<Pick<Arrival, "send" | "shown">> &
  Partial<Pending>;
type Fence = { readonly kind: "fence"; readonly at: number; readonly reference: string; readonly send: number };
type Line = Change | Fence | Late;

/**
 * The books of the bank: a journal on disk, and in memory the latest of each reference. Both are changed by `write`
 * and nothing else, and reading the journal again goes the same way: after a crash the books are what they were.
 */
export class Books {
  readonly #transfers = new Map<string, Transfer>();
  readonly #fences = new Map<string, number>();
  readonly #pending = new Map<string, Pending>();
  readonly totals = new Totals();
  /** What the journal held of late transfers when it was opened. */
  readonly lateAtStart: Late[] = [];
  #journal!: Journal;
  #booked = 0;

  static async open(folder: string, log: (message: string) => void): Promise<Books> {
    const books = new Books();
    const apply = (line: object) => {
      books.#apply(line as Line);
      if ((line as Line).kind === "late") books.lateAtStart.push(line as Late);
    };
    books.#journal = await Journal.open(join(folder, "books.jsonl"), apply, log);
    return books;
  }

  find(reference: string): Transfer | undefined {
    return this.#transfers.get(reference);
  }

  /** Sends of the reference up to this number are refused; 0 if it was never fenced. */
  fenceOf(reference: string): number {
    return this.#fences.get(reference) ?? 0;
  }

  pendingOf(reference: string): Pending | undefined {
    return this.#pending.get(reference);
  }

  allPending(): Iterable<[reference: string, Pending]> {
    return this.#pending;
  }

  nextBankId(): string {
    return `SB${String(this.#booked + 1).padStart(10, "0")}`;
  }

  /** Takes a line into the books, and returns its cursor. It holds from now on, and is on disk after `durable()`. */
  write(line: Line): number {
    const cursor = this.#journal.append(line);
    this.#apply(line);
    return cursor;
  }

  durable(): Promise<void> {
    return this.#journal.durable();
  }

  /** Changes on disk after a cursor, oldest first, at most `limit`; undefined if this is no cursor of these books. */
  changesAfter(after: number, limit: number): { changes: (Change & { cursor: number })[]; next: number } | undefined {
    const lines = this.#journal.linesAfter(after);
    if (lines === undefined) return undefined;
    const changes: (Change & { cursor: number })[] = [];
    let next = after;
    for (const { text, end } of lines) {
      const line = JSON.parse(text) as Line;
      if (line.kind === "change") changes.push({ ...line, cursor: end });
      next = end;
      if (changes.length === limit) break;
    }
    return { changes, next };
  }

  /** The cursor of these books at an instant: what came after it came then or later. */
  cursorAt(instant: number): number {
    return this.#journal.cursorBefore((text) => (JSON.parse(text) as Line).at < instant);
  }

  close(): Promise<void> {
    return this.#journal.close();
  }

  #apply(line: Line): void {
    if (line.kind === "fence") this.#fences.set(line.reference, line.send);
    if (line.kind !== "change") return;
    const { transfer, dueAt, toCome = [] } = line;
    const { reference } = transfer;
    const isNew = line.send !== undefined; // it came in just now; what becomes of it has no number
    if (isNew) this.#booked += 1;
    this.totals.replace(isNew ? undefined : this.#transfers.get(reference), transfer);
    this.#transfers.set(reference, transfer);
    if (dueAt === undefined || toCome.length === 0) this.#pending.delete(reference);
    else this.#pending.set(reference, { dueAt, toCome });
  }
}

/** How many transfers there are of each status, and how much money by status and currency, as the books stand now. */
export class Totals {
  readonly count: Record<Status, number> = { accepted: 0, paid: 0, declined: 0, returned: 0 };
  readonly #minor = new Map<string, bigint>();

  replace(before: Transfer | undefined, after: Transfer): void {
    if (before !== undefined) this.#add(before, -1);
    this.#add(after, 1);
  }

  /** Minor units by currency; exact, as a sum of many amounts may be beyond what a number holds. */
  minorByCurrency(status: Status): [currency: string, minor: bigint][] {
    return [...this.#minor]
      .filter(([key, minor]) => key.startsWith(`${status} `) && minor > 0n)
      .map(([key, minor]) => [key.slice(status.length + 1), minor]);
  }

  #add({ status, currency, amountMinor }: Transfer, sign: 1 | -1): void {
    this.count[status] += sign;
    const key = `${status} ${currency}`;
    this.#minor.set(key, (this.#minor.get(key) ?? 0n) + BigInt(sign * amountMinor));
  }
}
