import type pg from "pg";
import type { Command } from "../core/command.ts";
import type { Refusal } from "../core/refusal.ts";
import { actFor, inOneTrip } from "./db.ts";
import { claimNames, lockAndLoad } from "./locks.ts";
import { WorkingCopy } from "./working-copy.ts";
import { writeAll } from "./write.ts";

/** How one command of a batch ended: an answer or a lawful no, or a fault of ours that stopped only this command. */
export type Outcome = { readonly answer: object | Refusal } | { readonly fault: unknown };

/** COMMIT was sent and its answer was lost. The transaction may be in or not: ask {@link transactionStatus} for its xid. */
export class CommitLost extends Error {
  override readonly name = "CommitLost";
  readonly xid: string;
  readonly outcomes: readonly Outcome[];
  constructor(xid: string, outcomes: readonly Outcome[], cause: unknown) {
    super(`the answer to COMMIT of transaction ${xid} was lost`, { cause });
    this.xid = xid;
    this.outcomes = outcomes;
  }
}

/** A merchant's rows are locked by another transaction for longer than this. */
const lockTimeoutMs = 2_000;
/** So long PostgreSQL keeps the locks of a server that has gone silent in the middle of a batch. */
const silentMs = 15_000;

/**
 * Decides and writes all commands in one transaction. Returns what became of each, after COMMIT.
 * Throws what PostgreSQL throws, with nothing written; or {@link CommitLost}.
 */
export async function runBatch(client: pg.ClientBase, commands: readonly Command[]): Promise<readonly Outcome[]> {
  const merchants = [...new Set(commands.map((command) => command.merchantId))];
  const [{ xid, now }, names] = await inOneTrip([begin(client, merchants), claimNames(client, commands)]);
  const copy = new WorkingCopy(Math.floor(now), names);
  await lockAndLoad(client, commands, copy);
  const outcomes = commands.map((command): Outcome => {
    try {
      return { answer: copy.decide(command) };
    } catch (fault) {
      return { fault };
    }
  });
  await writeAll(client, copy);
  try {
    await client.query("commit");
  } catch (cause) {
    throw isServerAnswer(cause) ? cause : new CommitLost(xid, outcomes, cause);
  }
  return outcomes;
}

/** Begins the transaction, as the role and for the merchants that it acts for. Tells its id, and the database's clock. */
async function begin(client: pg.ClientBase, merchants: readonly string[]): Promise<{ xid: string; now: number }> {
  const begun = (await client.query(
    `begin isolation level read committed; ${actFor(merchants)}, set_config('lock_timeout', '${lockTimeoutMs}', true),
            set_config('idle_in_transaction_session_timeout', '${silentMs}', true);
     select pg_current_xact_id()::text as xid, (extract(epoch from clock_timestamp()) * 1000)::float8 as now`,
  )) as unknown as pg.QueryResult<{ xid: string; now: number }>[];
  return begun[2]!.rows[0]!;
}

/** An error that PostgreSQL itself sent for the statement says that it did not commit; anything else says nothing. */
const isServerAnswer = (error: unknown): boolean => {
  const code = sqlState(error);
  const severity = error instanceof Error && "severity" in error ? error.severity : undefined;
  return severity === "ERROR" && code !== undefined && !code.startsWith("57") && !code.startsWith("08");
};

/** The SQLSTATE of an error from PostgreSQL; undefined when the connection itself failed. */
export function sqlState(error: unknown): string | undefined {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" && /^[0-9A-Z]{5}$/.test(code) && "severity" in (error as object) ? code : undefined;
}

/** What became of a transaction: `unknown` when PostgreSQL no longer knows it (after a failover, or very long ago). */
export type TransactionStatus = "committed" | "aborted" | "in progress" | "unknown";

/** Asks PostgreSQL what became of a transaction. */
export async function transactionStatus(client: pg.ClientBase, xid: string): Promise<TransactionStatus> {
  try {
    const { rows } = await client.query<{ status: "committed" | "aborted" | "in progress" | null }>(
      "select pg_xact_status($1::xid8) as status",
      [xid],
    );
    return rows[0]?.status ?? "unknown";
  } catch (error) {
    if (sqlState(error) === "22023") return "unknown"; // an xid of the future: this is another timeline
    throw error;
  }
}
