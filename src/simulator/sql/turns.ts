import { setTimeout as delay } from "node:timers/promises";
import type pg from "pg";
import { stateOf, type Backend } from "./backends.ts";
import type { Statement } from "./statement.ts";

/** What PostgreSQL answers. */
export type Answer = pg.QueryResult | pg.QueryResult[];

/** A statement that waits for a lock. */
export interface Waiting {
  readonly backend: Backend;
  readonly answer: Promise<Answer>;
  /** Called when it has gone on, and has come to an end. */
  onEnd: (answer: Promise<Answer>) => void;
}

/** Real milliseconds after which it is asked whether a statement waits. How many they are changes nothing but the speed. */
const patienceMs = 3;

/**
 * Lets PostgreSQL carry out one statement at a time. One that has to wait for a lock is set aside, and goes on when whoever has the
 * lock gives it back; that happens at a step of the simulation, too. Two that wait at once would race when they may go on: the second
 * is refused at once, as if it had waited for too long, or had closed a circle.
 */
export class Turns {
  readonly #eye: pg.Client;
  #waiting: Waiting | undefined;

  /** `eye`: a connection of the simulator's own. */
  constructor(eye: pg.Client) {
    this.#eye = eye;
  }

  /** The answer, or the statement that waits. Rejects as PostgreSQL does. */
  async run(backend: Backend, { name, text, values }: Statement): Promise<Answer | Waiting> {
    const answer: Promise<Answer> = backend.client.query({
      ...(name !== undefined && { name }),
      text,
      values: values!,
    });
    answer.catch(() => {});
    const before = this.#waiting;
    const blockers = await this.#blockers(backend, answer);
    if (blockers === undefined) return this.#ended(backend, answer);
    const waiting: Waiting = { backend, answer, onEnd: () => {} };
    if (before === undefined) return (this.#waiting = waiting);
    return this.#refuse(waiting, blockers.includes(before.backend.pid) ? "40P01" : "55P03");
  }

  /** Ends the wait of a statement as PostgreSQL would, with this SQLSTATE. */
  async end(waiting: Waiting, state: string): Promise<void> {
    if (this.#waiting !== waiting) return;
    this.#waiting = undefined;
    const refused = this.#refuse(waiting, state);
    await refused.catch(() => {});
    waiting.onEnd(refused);
  }

  /** Whether this backend's statement waits. */
  waitingOn(backend: Backend): Waiting | undefined {
    return this.#waiting?.backend === backend ? this.#waiting : undefined;
  }

  /** A transaction has ended: what waited for it goes on. */
  async settle(): Promise<void> {
    const waiting = this.#waiting;
    if (waiting === undefined || (await this.#blockers(waiting.backend, waiting.answer)) !== undefined) return;
    this.#waiting = undefined;
    const answer = this.#ended(waiting.backend, waiting.answer);
    await answer.catch(() => {});
    waiting.onEnd(answer);
  }

  /** The processes that a statement waits for; undefined when it has come to an end. */
  async #blockers(backend: Backend, answer: Promise<unknown>): Promise<number[] | undefined> {
    const isOver = answer.then(
      () => true,
      () => true,
    );
    for (;;) {
      if (await Promise.race([isOver, delay(patienceMs, false)])) return undefined;
      const { rows } = await this.#eye.query<{ pids: number[] }>({
        name: "blockers",
        text: "select pg_blocking_pids($1) as pids",
        values: [backend.pid],
      });
      if (rows[0]!.pids.length > 0) return rows[0]!.pids;
    }
  }

  async #refuse({ backend, answer }: Waiting, state: string): Promise<never> {
    await this.#eye.query("select pg_cancel_backend($1)", [backend.pid]);
    try {
      await this.#ended(backend, answer);
    } catch (error) {
      throw Object.assign(error as Error, { code: state });
    }
    throw new Error("a statement that waited was not cancelled");
  }

  /** An error is heard of before its transaction has been rolled back: this is after that. */
  async #ended(backend: Backend, answer: Promise<Answer>): Promise<Answer> {
    try {
      return await answer;
    } catch (error) {
      await backend.client.query("");
      throw error;
    } finally {
      if (stateOf(backend) !== "open") await this.settle();
    }
  }
}
