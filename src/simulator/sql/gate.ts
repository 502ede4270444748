import type pg from "pg";
import type { Command } from "../../core/command.ts";
import { runBatch, type Outcome } from "../../store/batch.ts";
import { setNow } from "./connect.ts";
import { placeOf, toStatement, type Statement } from "./statement.ts";

/** A batch of the production code that stops when it has read all that it needs, and writes when it is told to. */
export class GatedBatch {
  readonly #client: pg.Client;
  /** Resolves when nothing is left but to write. Rejects when it did not come so far. */
  readonly hasRead: Promise<void>;
  readonly #result: Promise<readonly Outcome[]>;
  #open: () => void = () => {};
  #refuse: (error: Error) => void = () => {};

  constructor(client: pg.Client, now: number, commands: readonly Command[]) {
    this.#client = client;
    const gate = new Promise<void>((resolve, reject) => {
      this.#open = resolve;
      this.#refuse = reject;
    });
    gate.catch(() => {});
    let isThere: () => void = () => {};
    const arrived = new Promise<void>((resolve) => (isThere = resolve));
    const query = (text: string | Statement, values?: unknown[]): Promise<unknown> => {
      const statement = toStatement(text, values);
      const place = placeOf(statement);
      if (place !== "db.write" && place !== "db.commit") return client.query(statement as pg.QueryConfig);
      isThere();
      return gate.then(() => client.query(statement as pg.QueryConfig));
    };
    this.#result = setNow(client, now).then(() =>
      runBatch(
        { query, on: () => {}, off: () => {} } as unknown as pg.ClientBase,
        commands,
        "pg_current_xact_id()::text",
      ),
    );
    this.#result.catch(() => {});
    this.hasRead = Promise.race([arrived, this.#result.then(() => {})]);
  }

  /** Writes and commits. What PostgreSQL throws is thrown, with the transaction ended. */
  async commit(): Promise<readonly Outcome[]> {
    this.#open();
    try {
      return await this.#result;
    } catch (error) {
      await this.#client.query("rollback");
      throw error;
    }
  }

  async giveUp(): Promise<void> {
    this.#refuse(new Error("given up"));
    await this.#result.catch(() => {});
    await this.#client.query("rollback");
  }
}
