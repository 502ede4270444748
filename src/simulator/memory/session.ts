import type { Command } from "../../core/command.ts";
import { isUnderWay } from "../../core/payout.ts";
import { CommitLost, sqlState, type Outcome } from "../../store/batch.ts";
import type { Names } from "../../store/names.ts";
import type { Session } from "../../store/session.ts";
import { wanted, wantedNames, type Key } from "../../store/wanted.ts";
import { keyOf, WorkingCopy } from "../../store/working-copy.ts";
import type { Chance } from "../chance.ts";
import type { Faults } from "../faults.ts";
import type { Place } from "../points.ts";
import type { Process } from "../process.ts";
import type { Timeline } from "../timeline.ts";
import type { Connection, MemoryDatabase, Transaction } from "./database.ts";
import { broken, refusedByServer } from "./errors.ts";

export interface SessionPorts {
  readonly database: MemoryDatabase;
  readonly process: Process;
  readonly timeline: Timeline;
  readonly faults: Faults;
  readonly chance: Chance;
}

/** As PostgreSQL is told to: so long a lock is waited for. */
export const lockTimeoutMs = 2_000;

/** A connection to the database in memory. Commands are decided by the same working copy as on PostgreSQL, between the same steps. */
export class MemorySession implements Session {
  readonly #ports: SessionPorts;
  readonly #connection: Connection;

  private constructor(ports: SessionPorts, connection: Connection) {
    this.#ports = ports;
    this.#connection = connection;
  }

  static async open(ports: SessionPorts): Promise<MemorySession> {
    const { database, process, chance } = ports;
    const connection = await process.port("db.open", chance.between(1, 5), () => database.connect(process));
    return new MemorySession(ports, connection);
  }

  async run(commands: readonly Command[]): Promise<readonly Outcome[]> {
    const { database } = this.#ports;
    const begun = await this.#step("db.begin", () => ({
      transaction: database.begin(this.#connection),
      now: database.now,
    }));
    const { transaction } = begun;
    const copy = new WorkingCopy(begun.now, await this.#claim(transaction, commands));
    await this.#lockAndLoad(transaction, commands, copy);
    const outcomes = commands.map((command): Outcome => {
      try {
        return { answer: copy.decide(command) };
      } catch (fault) {
        return { fault };
      }
    });
    transaction.outcomes = outcomes;
    database.record({ kind: "read", xid: transaction.xid, now: copy.now, commands });
    await this.#write(transaction, copy);
    try {
      await this.#commit(transaction);
    } catch (cause) {
      throw sqlState(cause) === undefined ? new CommitLost(transaction.xid, outcomes, cause) : cause;
    }
    return outcomes;
  }

  async rollback(): Promise<void> {
    const { database } = this.#ports;
    await this.#step("db.rollback", () => {
      if (this.#connection.transaction !== undefined) database.abort(this.#connection.transaction);
      this.#connection.transaction = undefined;
    });
  }

  statusOf(xid: string) {
    return this.#step("db.status", () => this.#ports.database.statusOf(xid));
  }

  end(): Promise<void> {
    this.#ports.database.cut(this.#connection);
    return Promise.resolve();
  }

  #step<T>(place: Place, work: () => T): Promise<T> {
    const { process, faults, chance, database } = this.#ports;
    const stalls = faults.happens("database stall", faults.profile.database.stall, process.name);
    return process.port(
      place,
      stalls ? chance.skewed(500, 15_000) : chance.between(1, faults.profile.database.slowMs),
      () => {
        database.mayAnswer(this.#connection);
        return work();
      },
    );
  }

  /** Like `insert … on conflict do nothing`: a name that somebody else is just inserting is waited for. */
  async #claim(transaction: Transaction, commands: readonly Command[]): Promise<Names> {
    const { names } = this.#ports.database.tables;
    const claims = wantedNames(commands);
    const nameOf = (c: (typeof claims)[number]) => keyOf(c.merchantId, c.kind, c.name);
    for (const claim of claims) if (!names.has(nameOf(claim))) await this.#lock(transaction, `name ${nameOf(claim)}`);
    const known = claims.filter((claim) => names.has(nameOf(claim)));
    return {
      fresh: claims.filter((claim) => !names.has(nameOf(claim))),
      known: known.map((claim) => ({ ...claim, id: names.get(nameOf(claim))! })),
    };
  }

  async #lockAndLoad(transaction: Transaction, commands: readonly Command[], copy: WorkingCopy): Promise<void> {
    const { tables } = this.#ports.database;
    const lockAll = async <R>(table: string, keys: readonly Key[], read: (key: string) => R | undefined) => {
      const found: R[] = [];
      for (const parts of keys) {
        const key = keyOf(...parts);
        if (read(key) === undefined) continue;
        await this.#lock(transaction, `${table} ${key}`);
        found.push(read(key)!);
      }
      return found;
    };
    await this.#step("db.lock", () => {});
    for (const row of await lockAll("payout", wanted.payouts(commands, copy), (key) => tables.payouts.get(key))) {
      copy.payouts.load(row);
      const key = keyOf(row.merchantId, row.id);
      const latest = tables.attempts.get(key)?.find(({ attempt }) => attempt === row.attempt);
      if (latest !== undefined) copy.latestAttempts.set(key, latest);
    }
    for (const row of await lockAll("token", wanted.tokens(commands), (key) => tables.tokens.get(key)))
      copy.tokens.load(row);
    const belongings = wanted.belongings(commands);
    const methodsOf = () =>
      [...tables.methods.values()]
        .filter((m) => belongings.some(([merchantId, handle]) => m.merchantId === merchantId && m.customer === handle))
        .map((m): Key => [m.merchantId, m.id]);
    const methods = [...wanted.methods(commands), ...methodsOf()];
    for (const row of await lockAll("method", methods, (key) => tables.methods.get(key))) copy.methods.load(row);
    for (const row of await lockAll("session", wanted.sessions(commands), (key) => tables.sessions.get(key)))
      copy.sessions.load(row);
    await this.#step("db.lock", () => {});
    const customers = wanted.customers(commands, copy);
    for (const row of await lockAll("customer", customers, (key) => tables.customers.get(key)))
      copy.customers.load(row);
    for (const id of wanted.merchants(commands)) copy.merchants.set(id, tables.merchants.get(id)!);
    for (const [merchantId, counter] of wanted.counters(commands)) {
      const key = keyOf(merchantId, counter);
      await this.#lock(transaction, `counter ${key}`);
      copy.counters.load({ merchantId, counter, value: tables.counters.get(key) ?? 0 });
    }
    for (const row of await lockAll("account", wanted.accounts(commands, copy), (key) => tables.accounts.get(key)))
      copy.accounts.load(row);
    for (const row of await lockAll("method", methodsOf(), (key) => tables.methods.get(key))) copy.methods.load(row);
    for (const [merchantId, handle] of belongings) {
      const theirs = [...tables.payouts.values()].filter(
        (p) => p.merchantId === merchantId && p.customer === handle && isUnderWay(p),
      );
      copy.payoutsUnderWay.set(
        keyOf(merchantId, handle),
        theirs.map(({ id }) => id),
      );
    }
  }

  /** Rows that come to be are waited for as rows that are locked. */
  async #write(transaction: Transaction, copy: WorkingCopy): Promise<void> {
    const { database } = this.#ports;
    await this.#step("db.write", () => (transaction.copy = copy));
    for (const { merchantId, currency } of copy.accounts.changed().added)
      await this.#lock(transaction, `account ${keyOf(merchantId, currency)}`);
    if (transaction.state === "over") throw broken();
    const conflict = database.tables.conflict(copy);
    if (conflict === undefined) return;
    database.record({ kind: "refused", xid: transaction.xid, constraint: conflict });
    database.abort(transaction);
    throw refusedByServer("23505", conflict);
  }

  async #commit(transaction: Transaction): Promise<void> {
    const { database, faults, chance, timeline } = this.#ports;
    if (transaction.state === "over") throw broken();
    transaction.state = "committing";
    await this.#step("db.commit", () => {
      if (!faults.happens("lost answer to commit", faults.profile.database.commitLost))
        return database.commit(transaction);
      const fate = chance.pick(["in", "out", "later"] as const);
      if (fate === "in") database.commit(transaction);
      else if (fate === "out") database.abort(transaction);
      else {
        const commits = chance.happens(0.5);
        timeline.after(chance.skewed(10, 5_000), () =>
          commits ? database.commit(transaction) : database.abort(transaction),
        );
      }
      this.#connection.transaction = undefined; // its fate is decided: cutting the connection changes nothing
      database.cut(this.#connection);
      throw broken();
    });
    this.#connection.transaction = undefined;
  }

  #lock(transaction: Transaction, key: string): Promise<void> {
    const { database, process, timeline } = this.#ports;
    return new Promise((resolve, reject) => {
      const fail = (state: string) => {
        database.abort(transaction);
        process.resume(() => reject(refusedByServer(state)));
      };
      if (transaction.state === "over") return process.resume(() => reject(broken()));
      let forget = () => {};
      const granted = database.locks.take(transaction, key, () => {
        forget();
        timeline.after(0, () => process.resume(() => (transaction.state === "over" ? reject(broken()) : resolve())));
      });
      if (granted) return resolve();
      const circle = database.locks.isCircle(transaction, key);
      forget = timeline.after(circle ? 1_000 : lockTimeoutMs, () => fail(circle ? "40P01" : "55P03"));
    });
  }
}
