import type { Command } from "../core/command.ts";
import { runBatch, type Outcome, type TransactionStatus } from "./batch.ts";
import { openAsking } from "./db.ts";
import { batchLimits } from "./time-limits.ts";
import { numberSql, transactionStatus } from "./transaction.ts";

/** A connection on which one batch after another is committed: all that the committer knows of a store. */
export interface Session {
  /** Decides and writes all commands in one transaction; throws as {@link runBatch} does. */
  run(commands: readonly Command[]): Promise<readonly Outcome[]>;
  /** Ends a transaction that failed. Rejects when the connection is of no more use. */
  rollback(): Promise<void>;
  /** What became of a transaction whose COMMIT was not answered. */
  statusOf(xid: string): Promise<TransactionStatus>;
  end(): Promise<void>;
}

/** A session with PostgreSQL. Rejects also where it cannot be written: on a standby. */
export async function openSession(url: string): Promise<Session> {
  const { client, answer: number } = await openAsking(url, batchLimits.statementMs, numberSql);
  return {
    run: (commands) => runBatch(client, commands, number),
    rollback: async () => void (await client.query("rollback")),
    statusOf: (xid) => transactionStatus(client, xid),
    end: () => client.end(),
  };
}
