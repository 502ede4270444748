import type { WorkingCopy } from "../../store/working-copy.ts";
import type { Outcome } from "../../store/batch.ts";
import type { TransactionStatus } from "../../store/transaction.ts";
import type { Merchant } from "../../core/parties.ts";
import type { Chance } from "../chance.ts";
import type { Database, DatabasePorts } from "../database.ts";
import type { Process } from "../process.ts";
import type { Recorded } from "../record.ts";
import { broken, refusedByServer } from "./errors.ts";
import { Locks, type Holder } from "./locks.ts";
import { memoryStore } from "./store.ts";
import { Tables } from "./tables.ts";

export interface Transaction extends Holder {
  state: "open" | "committing" | "over";
  copy: WorkingCopy | undefined;
  /** What its callers hear when it is committed. */
  outcomes: readonly Outcome[];
}

/** What the database knows of a connection. */
export interface Connection {
  isBroken: boolean;
  transaction: Transaction | undefined;
}

/** So long PostgreSQL waits for a client that has gone silent in the middle of a transaction. */
export const silentMs = 15_000;

/** A database in memory that keeps PostgreSQL's promises, as far as the committer leans on them: atomic, isolated by row locks, durable. */
export class MemoryDatabase implements Database {
  readonly tables = new Tables();
  readonly locks = new Locks();
  readonly #ports: DatabasePorts;
  readonly #fates = new Map<string, TransactionStatus>();
  readonly #connections = new Set<Connection>();
  #xid = 1_000;
  #downUntil = 0;
  skewMs = 0;

  constructor(ports: DatabasePorts) {
    this.#ports = ports;
  }

  get now(): number {
    return this.#ports.epoch + this.skewMs + this.#ports.timeline.now;
  }

  addMerchant(merchant: Merchant): Promise<void> {
    this.tables.merchants.set(merchant.id, merchant);
    return Promise.resolve();
  }

  reach(process: Process, chance: Chance) {
    const { timeline, faults } = this.#ports;
    return memoryStore({ database: this, process, timeline, faults, chance });
  }

  audit(): Promise<string[]> {
    return Promise.resolve([]);
  }

  /** A connection of a process; it ends with it, and is cut when the process is silent in a transaction. */
  connect(process: Process): Connection {
    this.mayAnswer();
    const connection: Connection = { isBroken: false, transaction: undefined };
    this.#connections.add(connection);
    process.onEnd(() => this.cut(connection));
    process.onPause(() => {
      const { transaction } = connection;
      if (transaction === undefined) return;
      this.#ports.timeline.after(silentMs, () => {
        if (process.pausedMs > 0 && transaction.state === "open") this.cut(connection);
      });
    });
    return connection;
  }

  begin(connection: Connection): Transaction {
    const transaction: Transaction = {
      xid: String((this.#xid += 1)),
      held: new Set(),
      waitsFor: undefined,
      state: "open",
      copy: undefined,
      outcomes: [],
    };
    this.#fates.set(transaction.xid, "in progress");
    connection.transaction = transaction;
    return transaction;
  }

  record(event: Recorded): void {
    this.#ports.record?.(event);
  }

  commit(transaction: Transaction): void {
    if (transaction.state === "over" || transaction.copy === undefined) return;
    this.tables.apply(transaction.copy);
    this.record({ kind: "committed", xid: transaction.xid, outcomes: transaction.outcomes });
    this.#end(transaction, "committed");
    const { accounts, payouts, appended } = transaction.copy;
    const changed = <R>(rows: { changed(): { added: R[]; updated: R[] } }) => Object.values(rows.changed()).flat();
    this.#ports.onCommit({ payouts: changed(payouts), accounts: changed(accounts), events: appended.events });
  }

  abort(transaction: Transaction): void {
    if (transaction.state !== "over") this.#end(transaction, "aborted");
  }

  /** The connection is gone. A COMMIT that was under way may still be carried out. */
  cut(connection: Connection): void {
    connection.isBroken = true;
    this.#connections.delete(connection);
    const { transaction } = connection;
    if (transaction === undefined) return;
    if (transaction.state === "committing" && this.#ports.chance.happens(0.5)) this.commit(transaction);
    else this.abort(transaction);
  }

  crash(ms: number): void {
    this.#downUntil = this.#ports.timeline.now + ms;
    for (const connection of this.#connections) this.cut(connection);
  }

  statusOf(xid: string): TransactionStatus {
    this.mayAnswer();
    return this.#fates.get(xid) ?? "unknown";
  }

  /** Throws what a statement may meet instead of an answer. */
  mayAnswer(connection?: Connection): void {
    const { faults, timeline } = this.#ports;
    const { reset, conflict, full } = faults.profile.database;
    if (connection?.isBroken === true) throw broken();
    if (timeline.now < this.#downUntil || faults.happens("connection reset", reset)) {
      if (connection !== undefined) this.cut(connection);
      throw broken();
    }
    const transaction = connection?.transaction;
    if (transaction?.state !== "open") return;
    const refuse = (state: string) => {
      this.abort(transaction);
      return refusedByServer(state);
    };
    if (faults.happens("serialization failure", conflict)) throw refuse("40001");
    if (faults.happens("disk full", full)) throw refuse("53100");
  }

  #end(transaction: Transaction, fate: TransactionStatus): void {
    transaction.state = "over";
    this.#fates.set(transaction.xid, fate);
    if (fate === "aborted") this.record({ kind: "ended", xid: transaction.xid });
    this.locks.release(transaction);
  }
}
