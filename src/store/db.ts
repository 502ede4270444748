import pg from "pg";

/** A statement with a name is prepared once per connection. */
export type Statement = string | { readonly name: string; readonly text: string };

/** `timestamptz` as milliseconds since 1970, which is what instants are in this program. */
const readInstant = (text: string): number => Date.parse(text.replace(" ", "T").replace(/([+-]\d\d)$/, "$1:00"));

/** The type's number in every PostgreSQL (pg_type.oid). */
const timestamptz = 1184;

const types: pg.CustomTypesConfig = {
  getTypeParser: (oid: number, format?: "text" | "binary") =>
    oid === timestamptz ? readInstant : pg.types.getTypeParser(oid, format),
};

/** So long a statement may take, locks and all, before its connection is taken to be dead. */
const silentMs = 20_000;

const connection = (url: string) => ({
  connectionString: url,
  types,
  application_name: "disburse",
  connectionTimeoutMillis: 5_000,
  query_timeout: silentMs, // a connection that goes silent is cut, and what was asked of it fails
  keepAlive: true,
});

/** A pool for reads. Statements that take longer than `statementSeconds` are cancelled (SQLSTATE 57014). */
export function openPool(url: string, size: number, statementSeconds = 10): pg.Pool {
  const pool = new pg.Pool({ ...connection(url), max: size, statement_timeout: statementSeconds * 1000 });
  pool.on("connect", (client) => client.on("error", () => {})); // one in use fails by its statement
  pool.on("error", () => {}); // an idle connection that breaks is replaced at the next query, which reports its own error
  return pool;
}

/** One connection, for a flusher or a migration. Statements may be sent before the ones before them are answered. */
export async function openClient(url: string): Promise<pg.Client> {
  const client = new pg.Client({ ...connection(url), pipeline: true });
  client.on("error", () => {}); // the query under way fails by itself
  await client.connect();
  return client;
}

/** Runs a named or unnamed statement. Prepared names are per text, so two releases never share one. */
export function run<R extends object>(
  client: pg.ClientBase | pg.Pool,
  statement: Statement,
  values: readonly unknown[] = [],
) {
  const config = typeof statement === "string" ? { text: statement } : { ...statement };
  return client.query<R & pg.QueryResultRow>({ ...config, values: values as unknown[] });
}

/**
 * Waits for statements that were sent one after another without waiting for each other's answers: they run in that order, in
 * one round trip. Rejects with the first that failed, once all have been answered, so that the connection is quiet again.
 */
export async function inOneTrip<T extends readonly unknown[]>(sent: { [K in keyof T]: Promise<T[K]> }): Promise<T> {
  const answers = await Promise.allSettled(sent);
  const failed = answers.find((answer) => answer.status === "rejected");
  if (failed !== undefined) throw failed.reason;
  return answers.map((answer) => (answer as PromiseFulfilledResult<unknown>).value) as unknown as T;
}

/** Settings that last exactly as long as the transaction: the role without privileges, and whose rows it may see. */
export const actFor = (merchantIds: readonly string[]): string =>
  `select set_config('role', 'disburse_app', true), set_config('disburse.merchants', '${merchantIds.map(digits).join(",")}', true)`;

function digits(id: string): string {
  if (!/^\d{1,19}$/.test(id)) throw new TypeError("a merchant id is a number");
  return id;
}

/** Reads as the app for these merchants: one snapshot, row-level security on, nothing can be written. */
export const readAs = <T>(
  pool: pg.Pool,
  merchantIds: string | readonly string[],
  read: (db: pg.PoolClient) => Promise<T>,
) => within(pool, `begin ${snapshot}; ${actFor([merchantIds].flat())}`, read);

/** Reads as the checker, who sees the rows of all merchants: for the operator, and for the books as a whole. */
export const readAll = <T>(pool: pg.Pool, read: (db: pg.PoolClient) => Promise<T>): Promise<T> =>
  within(pool, `begin ${snapshot}; select set_config('role', 'disburse_checker', true)`, read);

/** Writes as the app for these merchants, in one short transaction. */
export const writeAs = <T>(pool: pg.Pool, merchantIds: readonly string[], write: (db: pg.PoolClient) => Promise<T>) =>
  within(pool, `begin; ${actFor(merchantIds)}`, write);

const snapshot = "isolation level repeatable read read only";

/** A prepared statement whose tables were changed by a migration stays unusable on its connection (SQLSTATE 0A000, 26000). */
export const isOutdated = (error: unknown): error is Error =>
  error instanceof Error && "code" in error && (error.code === "0A000" || error.code === "26000");

async function within<T>(pool: pg.Pool, begin: string, work: (db: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    await client.query(begin);
    const result = await work(client);
    await client.query("commit");
    return result;
  } catch (error) {
    await client.query("rollback").catch((lost: Error) => (broken = lost));
    if (isOutdated(error)) broken = error;
    throw error;
  } finally {
    client.release(broken);
  }
}
