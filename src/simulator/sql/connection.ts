import type { QueryConfig } from "pg";
import type { Chance } from "../chance.ts";
import { broken } from "../memory/errors.ts";
import type { Place } from "../points.ts";
import type { Process } from "../process.ts";
import type { Backend } from "./backends.ts";
import type { SqlDatabase } from "./database.ts";
import { placeOf, toStatement, type Statement } from "./statement.ts";
import type { Answer } from "./turns.ts";

export interface ConnectionPorts {
  readonly database: SqlDatabase;
  readonly process: Process;
  readonly chance: Chance;
  /** Where its statements are carried out, when not where their words say. */
  readonly place?: Place;
}

/**
 * A simulated server's connection, as far as the production code asks of a client of the driver. Each statement is a step of its own, in
 * the order in which they were sent, however many were sent at once; the process may be killed or paused before and after each.
 */
export class SqlConnection {
  readonly process: Process;
  /** It writes nothing. */
  readonly reads: boolean;
  readonly #ports: ConnectionPorts;
  /** From its first statement on. */
  backend: Backend | undefined;
  isBroken = false;
  /** COMMIT is on its way. */
  isCommitting = false;
  #last: Promise<unknown> = Promise.resolve();

  constructor(ports: ConnectionPorts) {
    this.#ports = ports;
    this.process = ports.process;
    this.reads = ports.place?.startsWith("read.") === true;
  }

  /** Nobody cancels a wait for a standby here, so there is no notice to be heard. */
  on(): void {}
  off(): void {}

  query(query: string | QueryConfig, values?: unknown[]): Promise<Answer> {
    const statement = toStatement(query, values);
    const answer = this.#last.then(() => this.#step(statement));
    this.#last = answer.catch(() => {});
    return answer;
  }

  end(): Promise<void> {
    this.#ports.database.cut(this);
    return Promise.resolve();
  }

  /** Back to a pool. */
  release(error?: Error): void {
    if (error !== undefined) this.#ports.database.cut(this);
    else this.#ports.database.rest(this);
  }

  async #step(statement: Statement): Promise<Answer> {
    const { database, process, chance } = this.#ports;
    const place = placeOf(statement);
    if (place === "db.commit") this.isCommitting = true;
    const ms = database.stallMs(process) ?? chance.between(0, database.slowMs);
    const step = await process.port(this.#ports.place ?? place, ms, () => database.carryOut(this, statement, place));
    this.isCommitting = false;
    if (!("ended" in step)) return step;
    const { answer } = await step.ended;
    await new Promise<void>((resolve) => database.timeline.after(0, () => process.resume(resolve)));
    if (this.isBroken) throw broken();
    return answer;
  }
}
