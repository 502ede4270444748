import type pg from "pg";
import { findViolations } from "../../store/check.ts";
import { Tables } from "../memory/tables.ts";
import { Backends, stateOf } from "./backends.ts";
import { readBooks } from "./books.ts";
import { connect, empty, prepare, setNow } from "./connect.ts";
import { differences } from "./difference.ts";
import { Turns } from "./turns.ts";

/** A PostgreSQL database on which one simulation after another is run. */
export class Ground {
  readonly backends: Backends;
  /** The simulator's own connection, by which it looks on. */
  readonly eye: pg.Client;
  readonly turns: Turns;

  private constructor(url: string, eye: pg.Client) {
    this.backends = new Backends(url);
    this.eye = eye;
    this.turns = new Turns(eye);
  }

  /** `url`: a database with the schema, that nobody else uses. */
  static async open(url: string): Promise<Ground> {
    const eye = await connect(url);
    await prepare(eye);
    return new Ground(url, eye);
  }

  /** Ends whatever a simulation has left open, and empties the tables. */
  async clear(): Promise<void> {
    for (const backend of this.backends.lent) {
      const waiting = this.turns.waitingOn(backend);
      if (waiting !== undefined) await this.turns.end(waiting, "57P01");
    }
    for (const backend of this.backends.lent) {
      if (stateOf(backend) !== "idle") await backend.client.query("rollback");
      this.backends.giveBack(backend);
    }
    await empty(this.eye);
  }

  /** Where the database is not as it was seen to be committed, or breaks an invariant at this time. */
  async audit(seen: Tables, now: number, live: boolean): Promise<string[]> {
    const all = new Tables();
    await readBooks(this.eye, all);
    await setNow(this.eye, now);
    await this.eye.query("begin isolation level repeatable read read only; set local role disburse_checker");
    const findings = await findViolations(this.eye, live);
    await this.eye.query("commit");
    return [
      ...differences(seen, all, ["what was committed", "PostgreSQL"]).map((what) => `S1: ${what}`),
      ...findings.map(({ invariant, says }) => `S2: ${invariant}: ${says}`),
    ];
  }

  async close(): Promise<void> {
    await this.backends.close();
    await this.eye.end();
  }
}
