import type { WorkingCopy } from "../../store/working-copy.ts";
import type { TransactionStatus } from "../../store/batch.ts";
import type { Chance } from "../chance.ts";
import type { Faults } from "../faults.ts";
import type { Process } from "../process.ts";
import type { Timeline } from "../timeline.ts";
import { broken, refusedByServer } from "./errors.ts";
import { Locks, type Holder } from "./locks.ts";
import { Tables } from "./tables.ts";

export interface Transaction extends Holder {
  state: "open" | "committing" | "over";
  copy: WorkingCopy | undefined;
}

/** What the database knows of a connection. */
export interface Connection {
  isBroken: boolean;
  transaction: Transaction | undefined;
}

export interface DatabasePorts {
  readonly timeline: Timeline;
  readonly faults: Faults;
  readonly chance: Chance;
  /** Milliseconds since 1970 at the beginning. */
  readonly epoch: number;
  /** After everything of a batch has been committed. */
  onCommit(copy: WorkingCopy): void;
}

/** So long PostgreSQL waits for a client that has gone silent in the middle of a transaction. */
const silentMs = 15_000;

/** A database in memory that keeps PostgreSQL's promises, as far as the committer leans on them: atomic, isolated by row locks, durable. */
export class MemoryDatabase {
  readonly tables = new Tables();
  readonly locks = new Locks();
  readonly #ports: DatabasePorts;
  readonly #fates = new Map<string, TransactionStatus>();
  readonly #connections = new Set<Connection>();
  #xid = 1_000;
  #downUntil = 0;
  /** How far its wall clock is off. */
  skewMs = 0;

  constructor(ports: DatabasePorts) {
    this.#ports = ports;
  }

  get now(): number {
    return this.#ports.epoch + this.skewMs + this.#ports.timeline.now;
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
    };
    this.#fates.set(transaction.xid, "in progress");
    connection.transaction = transaction;
    return transaction;
  }

  commit(transaction: Transaction): void {
    if (transaction.state === "over" || transaction.copy === undefined) return;
    this.tables.apply(transaction.copy);
    this.#end(transaction, "committed");
    this.#ports.onCommit(transaction.copy);
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

  /** The whole database crashes, and is back after `ms`. What was committed is there. */
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
    this.locks.release(transaction);
  }
}
