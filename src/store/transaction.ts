import type pg from "pg";
import { actFor } from "./db.ts";
import { sqlState } from "./sql-state.ts";

/** What became of a transaction: `unknown` when PostgreSQL cannot say it for good. */
export type TransactionStatus = "committed" | "aborted" | "in progress" | "unknown";

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

/**
 * SQL of the life of the database in which a number is its own. In a crash PostgreSQL forgets numbers of which nothing had reached
 * the disk, and gives them to other transactions; the table is emptied in every recovery (migrations/0012).
 */
export const lifeSql = `select coalesce((select life::text from lives), '') as life`;

/** What a transaction is asked about by: its number and place, and the life it began in. */
export const transactionId = (number: string, life: string): string => `${number}/${life}`;

/** Its number, and where that number is its own: place and life. */
export const numberOf = (id: string): string => /^\d+/.exec(id)![0];
export const whereOf = (id: string): string => id.slice(numberOf(id).length);

/** Whether it was among the first ones after a recovery: it cannot be asked about. */
export const isOfNoLife = (id: string): boolean => id.endsWith("/");

/** Begins a new life after a recovery, unless somebody else was faster. */
export async function beginLife(client: pg.ClientBase): Promise<void> {
  const text = "insert into lives (life) values (gen_random_uuid()) on conflict do nothing";
  await client.query(`begin; ${actFor([])}; ${text}; commit`);
}

/** A question about a transaction is put again when it was not answered by then. */
const answerWithinMs = 3_000;

/**
 * Asks PostgreSQL what became of a transaction. After a failover nobody knows. And what is committed here, but should have
 * been on a standby before it was said to be, may be lost in the next failover: that is not "committed" either.
 */
export async function transactionStatus(client: pg.ClientBase, transaction: string): Promise<TransactionStatus> {
  const [, xid, at] = /^(\d{1,20})@(.+)$/.exec(transaction) ?? [];
  if (at === undefined || isOfNoLife(transaction)) return "unknown";
  const text = `begin read only; select ${place} as place; ${actFor([])}; ${lifeSql};
                select pg_xact_status('${xid}') as status, current_setting('synchronous_standby_names') <> '' as replicated; commit`;
  try {
    const asked = { text, query_timeout: answerWithinMs } as pg.QueryConfig;
    const [, where, , lives, told] = (await client.query(asked)) as unknown as pg.QueryResult<
      Record<string, unknown>
    >[];
    if (`${String(where?.rows[0]?.["place"])}/${String(lives?.rows[0]?.["life"])}` !== at) return "unknown";
    const { status, replicated } = told!.rows[0]! as { status: TransactionStatus | null; replicated: boolean };
    return status === null || (status === "committed" && replicated) ? "unknown" : status;
  } catch (error) {
    if (sqlState(error) === "22023") return "unknown"; // no such transaction yet
    throw error;
  }
}
