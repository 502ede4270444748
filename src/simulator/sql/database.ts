import type { Merchant } from "../../core/parties.ts";
import type { Chance } from "../chance.ts";
import type { Database, DatabasePorts } from "../database.ts";
import { silentMs } from "../memory/database.ts";
import { broken } from "../memory/errors.ts";
import { lockTimeoutMs } from "../memory/session.ts";
import { Tables } from "../memory/tables.ts";
import type { Place } from "../points.ts";
import type { Process } from "../process.ts";
import type { Timeline } from "../timeline.ts";
import { stateOf, type Backend } from "./backends.ts";
import { readBooks } from "./books.ts";
import { addMerchant, setNow } from "./connect.ts";
import type { SqlConnection } from "./connection.ts";
import type { Ground } from "./ground.ts";
import type { Statement } from "./statement.ts";
import { sqlStore } from "./store.ts";
import type { Answer, Waiting } from "./turns.ts";

/** The answer of a statement; of one that waits, what there is when it has ended. */
type Step = Answer | { readonly ended: Promise<{ readonly answer: Promise<Answer> }> };

/** A batch has about eight times as many statements here as steps on the database in memory: so much seldomer each goes wrong. */
const share = 1 / 8;

/** The PostgreSQL of a simulated world: the real one, with the world's faults between it and the servers. */
export class SqlDatabase implements Database {
  readonly tables = new Tables();
  readonly timeline: Timeline;
  readonly #ground: Ground;
  readonly #ports: DatabasePorts;
  readonly #connections = new Map<Process, Set<SqlConnection>>();
  #downUntil = 0;
  skewMs = 0;

  constructor(ground: Ground, ports: DatabasePorts) {
    this.#ground = ground;
    this.#ports = ports;
    this.timeline = ports.timeline;
  }

  get now(): number {
    return this.#ports.epoch + this.skewMs + this.timeline.now;
  }

  get slowMs(): number {
    return Math.ceil(this.#ports.faults.profile.database.slowMs / 4);
  }

  async addMerchant(merchant: Merchant): Promise<void> {
    this.tables.merchants.set(merchant.id, merchant);
    await addMerchant(this.#ground.eye, merchant);
  }

  reach(process: Process, chance: Chance) {
    return sqlStore({ database: this, process, chance });
  }

  audit(): Promise<string[]> {
    const { profile } = this.#ports.faults;
    return this.#ground.audit(this.tables, this.now, !profile.database.jumps);
  }

  /** Takes on a connection: it ends with its process, and is cut when that is silent in a transaction. */
  connect(connection: SqlConnection): void {
    const { process } = connection;
    this.#mayAnswer(connection);
    const others = this.#connections.get(process);
    if (others !== undefined) return void others.add(connection);
    const all = new Set([connection]);
    this.#connections.set(process, all);
    process.onEnd(() => all.forEach((one) => this.cut(one)));
    process.onPause(() => all.forEach((one) => this.#cutWhenSilent(one)));
  }

  #cutWhenSilent(connection: SqlConnection): void {
    const { backend } = connection;
    if (backend === undefined || stateOf(backend) === "idle") return;
    this.timeline.after(silentMs, () => {
      if (connection.process.pausedMs > 0 && connection.backend === backend) this.cut(connection);
    });
  }

  crash(ms: number): void {
    this.#downUntil = this.timeline.now + ms;
    for (const all of this.#connections.values()) all.forEach((one) => this.cut(one));
  }

  /** The connection is gone, and a little later its transaction. A COMMIT that was under way may still be carried out. */
  cut(connection: SqlConnection): void {
    const { backend, isCommitting } = connection;
    this.#leave(connection);
    if (backend === undefined) return;
    const commits = isCommitting && this.#ports.chance.happens(0.5);
    this.timeline.after(this.#ports.chance.between(0, 40), () => this.#finish(backend, commits));
  }

  /** Back in its pool: until it is used again, it is nothing. */
  rest(connection: SqlConnection): void {
    const { backend } = connection;
    if (backend === undefined || stateOf(backend) !== "idle") return this.cut(connection);
    this.#leave(connection);
    this.#ground.backends.giveBack(backend);
  }

  #leave(connection: SqlConnection): void {
    connection.isBroken = true;
    connection.backend = undefined;
    this.#connections.get(connection.process)?.delete(connection);
  }

  stallMs(process: Process): number | undefined {
    const { faults, chance } = this.#ports;
    const stalls = faults.happens("database stall", faults.profile.database.stall * share, process.name);
    return stalls ? chance.skewed(500, 15_000) : undefined;
  }

  /** Throws what a connection may meet instead of an answer. */
  #mayAnswer(connection: SqlConnection): void {
    const { faults } = this.#ports;
    if (connection.isBroken) throw broken();
    const isDown = this.timeline.now < this.#downUntil;
    if (!isDown && !faults.happens("connection reset", faults.profile.database.reset * share)) return;
    this.cut(connection);
    throw broken();
  }

  /** Carries out a statement, or lets it fail. */
  async carryOut(connection: SqlConnection, statement: Statement, place: Place): Promise<Step> {
    this.#mayAnswer(connection);
    const backend = (connection.backend ??= await this.#ground.backends.take());
    const { faults } = this.#ports;
    const { conflict, full } = faults.profile.database;
    const isOpen = stateOf(backend) === "open";
    const mayFail = isOpen && !connection.reads;
    if (mayFail && faults.happens("serialization failure", conflict * share)) return this.#fail(backend, "40001");
    if (mayFail && faults.happens("disk full", full * share)) return this.#fail(backend, "53100");
    if (place === "db.commit" && isOpen) return this.#commit(connection, backend);
    if (place === "db.begin") void setNow(backend.client, this.now);
    const answer = await this.#ground.turns.run(backend, statement);
    return "onEnd" in answer ? this.#wait(answer) : answer;
  }

  #fail(backend: Backend, state: string): Promise<Step> {
    const values = [state];
    return this.#ground.turns.run(backend, { text: "select sim.fail($1)", values }) as Promise<Answer>;
  }

  #wait(waiting: Waiting): Step {
    const { turns } = this.#ground;
    const forget = this.timeline.after(lockTimeoutMs, () => turns.end(waiting, "55P03"));
    return {
      ended: new Promise((resolve) => {
        waiting.onEnd = (answer) => {
          forget();
          resolve({ answer });
        };
      }),
    };
  }

  async #commit(connection: SqlConnection, backend: Backend): Promise<Answer> {
    const { faults, chance } = this.#ports;
    if (connection.reads || !faults.happens("lost answer to commit", faults.profile.database.commitLost))
      return this.#reallyCommit(backend);
    const fate = chance.pick(["in", "out", "later"] as const);
    this.#leave(connection); // its fate is decided: cutting the connection changes nothing
    if (fate !== "later") await this.#finish(backend, fate === "in");
    else {
      const commits = chance.happens(0.5);
      this.timeline.after(chance.skewed(10, 5_000), () => this.#finish(backend, commits));
    }
    throw broken();
  }

  /** Ends a transaction whose connection is gone. */
  async #finish(backend: Backend, commits: boolean): Promise<void> {
    const { turns, backends } = this.#ground;
    const waiting = turns.waitingOn(backend);
    if (waiting !== undefined) await turns.end(waiting, "57P01");
    const state = stateOf(backend);
    if (commits && state === "open") await this.#reallyCommit(backend).catch(() => {});
    else if (state !== "idle") await turns.run(backend, { text: "rollback" });
    backends.giveBack(backend);
  }

  /** Commits, and looks at what was committed before anybody else does anything. */
  async #reallyCommit(backend: Backend): Promise<Answer> {
    const { turns, eye } = this.#ground;
    const { rows } = await backend.client.query<{ xid: string | null }>(
      "select pg_current_xact_id_if_assigned()::xid::text as xid",
    );
    const xid = rows[0]!.xid;
    const answer = (await turns.run(backend, { text: "commit" })) as Answer;
    if (xid !== null) this.#ports.onCommit(await readBooks(eye, this.tables, xid));
    return answer;
  }
}
