import type pg from "pg";
import { sqlState, type TransactionStatus } from "./batch.ts";

/**
 * Where the number of a transaction means that transaction: one cluster, and one timeline of it. A standby that takes over, a
 * restored backup and a copied database go on counting from where they are, and give the same numbers to other transactions.
 */
const place = `(select system_identifier::text from pg_control_system()) || '/' || left(pg_walfile_name(pg_current_wal_lsn()), 8)`;

/**
 * SQL of the present transaction's number and its place, as {@link transactionStatus} takes it. A PostgreSQL that keeps its
 * timeline to itself (some that are rented do) gives numbers without a place, by which nothing is looked up. Rejects on a standby.
 */
export async function numberSql(client: pg.ClientBase): Promise<string> {
  const number = "pg_current_xact_id()::text";
  try {
    await client.query(`select ${place}`);
    return `${number} || '@' || ${place}`;
  } catch (error) {
    if (!/^(?:0A000|42)/.test(sqlState(error) ?? "")) throw error;
    return number;
  }
}

/** A question about a transaction is put again when it was not answered by then. */
const answerWithinMs = 3_000;

/**
 * Asks PostgreSQL what became of a transaction. After a failover nobody knows. And what is committed here, but should have
 * been on a standby before it was said to be, may be lost in the next failover: that is not "committed" either.
 */
export async function transactionStatus(client: pg.ClientBase, transaction: string): Promise<TransactionStatus> {
  const [xid, at] = transaction.split("@");
  if (at === undefined) return "unknown";
  const text = `select case when ${place} = $2 then pg_xact_status($1::xid8) end as status,
                       current_setting('synchronous_standby_names') <> '' as replicated`;
  try {
    const { rows } = await client.query<{ status: TransactionStatus | null; replicated: boolean }>({
      text,
      values: [xid, at],
      query_timeout: answerWithinMs,
    } as pg.QueryConfig);
    const { status, replicated } = rows[0]!;
    return status === null || (status === "committed" && replicated) ? "unknown" : status;
  } catch (error) {
    if (sqlState(error) === "22023") return "unknown"; // no such transaction yet
    throw error;
  }
}
