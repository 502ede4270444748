import type pg from "pg";
import { connect } from "./connect.ts";

/** A connection that PostgreSQL really has. Simulated connections borrow them, one after another. */
export interface Backend {
  readonly client: pg.Client;
  readonly pid: number;
}

/** Whether a backend is in a transaction, and whether that has failed. */
export const stateOf = ({ client }: Backend): "idle" | "open" | "failed" => {
  const status = client.getTransactionStatus();
  return status === "T" ? "open" : status === "E" ? "failed" : "idle";
};

/** All connections of a simulation to one database. Opening one takes PostgreSQL longer than a whole batch. */
export class Backends {
  readonly #url: string;
  readonly #idle: Backend[] = [];
  readonly #lent = new Set<Backend>();

  constructor(url: string) {
    this.#url = url;
  }

  async take(): Promise<Backend> {
    const backend = this.#idle.pop() ?? (await this.#open());
    this.#lent.add(backend);
    return backend;
  }

  /** Takes back one that is in no transaction. */
  giveBack(backend: Backend): void {
    if (this.#lent.delete(backend)) this.#idle.push(backend);
  }

  get lent(): readonly Backend[] {
    return [...this.#lent];
  }

  async close(): Promise<void> {
    await Promise.all([...this.#idle, ...this.#lent].map(({ client }) => client.end()));
  }

  async #open(): Promise<Backend> {
    const client = await connect(this.#url);
    const { rows } = await client.query<{ pid: number }>("select pg_backend_pid() as pid");
    return { client, pid: rows[0]!.pid };
  }
}
