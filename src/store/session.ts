import type pg from "pg";
import type { Command } from "../core/command.ts";
import { runBatch, type Outcome } from "./batch.ts";
import { openAsking } from "./db.ts";
import { readCluster, type Cluster } from "./dispatch-state.ts";
import { Remembered } from "./remembered.ts";
import { batchLimits } from "./time-limits.ts";
import { numberSql, transactionStatus, type TransactionStatus } from "./transaction.ts";

/** A connection on which one batch after another is committed: all that the committer knows of a store. */
export interface Session {
  /** The PostgreSQL that it leads to, where that was asked for. */
  readonly cluster?: Cluster;
  /** Decides and writes all commands in one transaction; throws as {@link runBatch} does. */
  run(commands: readonly Command[]): Promise<readonly Outcome[]>;
  /** Ends a transaction that failed. Rejects when the connection is of no more use. */
  rollback(): Promise<void>;
  /** What became of a transaction whose COMMIT was not answered. */
  statusOf(xid: string): Promise<TransactionStatus>;
  end(): Promise<void>;
}

type Told = Parameters<typeof runBatch>[4];

/** A session with PostgreSQL. Rejects also where it cannot be written: on a standby. */
export async function openSession(url: string, told?: Told): Promise<Session> {
  const ask = async (to: pg.Client) => ({ number: await numberSql(to), cluster: await readCluster(to) });
  const { client, answer } = await openAsking(url, batchLimits.statementMs, ask);
  return { ...sessionOn(client, answer.number, told), cluster: answer.cluster };
}

/** A session on a connection, which it ends. `number`: what that connection was told of its server's transactions. */
export function sessionOn(client: pg.Client, number: Parameters<typeof runBatch>[2], told?: Told): Session {
  const remembered = new Remembered();
  return {
    run: (commands) => runBatch(client, commands, number, remembered, told),
    rollback: async () => void (await client.query("rollback")),
    statusOf: (xid) => transactionStatus(client, xid),
    end: () => client.end(),
  };
}
