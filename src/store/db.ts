import pg from "pg";
import { findPooler, isBehindPooler } from "./pooler.ts";
import { setLimits, shortLimits, type TimeLimits } from "./time-limits.ts";

/** A statement with a name is prepared once per connection, unless a pooler stands between. */
export type Statement = string | { readonly name: string; readonly text: string };

/** `timestamptz` as milliseconds since 1970, which is what instants are in this program. */
export const readInstant = (text: string): number => {
  const utc = text[4] === "-" && text.endsWith("+00"); // as our own connections are told it, most of the time
  if (!utc) return Date.parse(text.replace(" ", "T").replace(/([+-]\d\d)$/, "$1:00"));
  const part = (from: number, to: number) => Number(text.slice(from, to));
  const seconds = Date.UTC(part(0, 4), part(5, 7) - 1, part(8, 10), part(11, 13), part(14, 16), part(17, 19));
  return text[19] === "." ? seconds + Math.floor(part(20, text.length - 3) / 10 ** (text.length - 26)) : seconds;
};

/** The type's number in every PostgreSQL (pg_type.oid). */
const timestamptz = 1184;

export const types: pg.CustomTypesConfig = {
  getTypeParser: (oid: number, format?: "text" | "binary") =>
    oid === timestamptz ? readInstant : pg.types.getTypeParser(oid, format),
};

/** What PostgreSQL has not answered so long after it should have given up by itself comes no more: the connection is cut. */
const graceMs = 3_000;
/** A connection that is ended is cut when its other side has not heard of it by then. */
const goodbyeMs = 1_000;

interface Wire {
  readonly connection: { readonly stream: import("node:net").Socket };
}

class Connection extends pg.Client {
  /** What is sent in one turn leaves in one packet: one system call for a whole round trip, and PostgreSQL is woken once. */
  override query = ((...sent: Parameters<pg.Client["query"]>) => {
    const { stream } = (this as unknown as Wire).connection;
    if (stream.writableCorked === 0) {
      stream.cork();
      process.nextTick(() => stream.uncork());
    }
    return super.query(...sent);
  }) as pg.Client["query"];

  override end(): Promise<void>;
  override end(done: (error: Error) => void): void;
  override end(done?: (error: Error) => void): Promise<void> | void {
    const { stream } = (this as unknown as Wire).connection;
    const cut = setTimeout(() => stream.destroy(), goodbyeMs);
    this.once("end", () => clearTimeout(cut));
    return done === undefined ? super.end() : super.end(done);
  }
}

const connection = (url: string, statementMs: number) => ({
  connectionString: url,
  types,
  application_name: "disburse",
  connectionTimeoutMillis: 5_000,
  query_timeout: statementMs + graceMs,
  keepAlive: true,
  pipeline: true, // statements may be sent before the ones before them are answered; and one without an answer cuts the connection
});

const limitsOf = new WeakMap<pg.Pool, TimeLimits>();

/** A pool for reads. Statements that take longer than `statementSeconds` are cancelled (SQLSTATE 57014). */
export function openPool(url: string, size: number, statementSeconds = shortLimits.statementMs / 1_000): pg.Pool {
  const limits = { ...shortLimits, statementMs: statementSeconds * 1_000 };
  const onConnect = (client: pg.ClientBase): Promise<void> => {
    client.on("error", () => {}); // one in use fails by its statement
    return findPooler(client, url);
  };
  const pool = new pg.Pool({ ...connection(url, limits.statementMs), Client: Connection, max: size, onConnect });
  pool.on("error", () => {}); // an idle connection that breaks is replaced at the next query, which reports its own error
  limitsOf.set(pool, limits);
  return pool;
}

/** One connection, for a flusher or a migration. `statementMs`: no statement will take longer. */
export const openClient = async (url: string, statementMs = shortLimits.statementMs): Promise<pg.Client> =>
  (await openAsking(url, statementMs, async () => {})).client;

/** The same, with the answer to what has to be known of it first; that is asked in the same round trip as what we ask ourselves. */
export async function openAsking<T>(
  url: string,
  statementMs: number,
  ask: (client: pg.Client) => Promise<T>,
): Promise<{ client: pg.Client; answer: T }> {
  const client = new Connection(connection(url, statementMs));
  client.on("error", () => {}); // the query under way fails by itself
  try {
    const [, , answer] = await inOneTrip([client.connect(), findPooler(client, url), ask(client)]);
    return { client, answer };
  } catch (error) {
    void client.end().catch(() => {});
    throw error;
  }
}

/** Runs a named or unnamed statement. Prepared names are per text, so two releases never share one. */
export function run<R extends object>(client: pg.ClientBase, statement: Statement, values: readonly unknown[] = []) {
  const { name, text } = typeof statement === "string" ? { name: undefined, text: statement } : statement;
  const prepared = name === undefined || isBehindPooler(client) ? {} : { name };
  return client.query<R & pg.QueryResultRow>({ ...prepared, text, values: values as unknown[] });
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
export const actFor = (merchantIds: readonly string[]): string => `select ${acting(`'${listed(merchantIds)}'`)}`;

const acting = (merchants: string): string =>
  `set_config('role', 'disburse_app', true), set_config('disburse.merchants', ${merchants}, true)`;

/** The same where the merchants, as {@link listed}, are the first parameter. */
export const actForGiven = acting("$1");

export const listed = (merchantIds: readonly string[]): string => merchantIds.map(digits).join(",");

function digits(id: string): string {
  if (!/^\d{1,19}$/.test(id)) throw new TypeError("a merchant id is a number");
  return id;
}

/**
 * Reads as the app for these merchants: one snapshot, row-level security on, nothing can be written. `statementMs`: what a statement may
 * take, where that is less than the pool's limit.
 */
export const readAs = <T>(
  pool: pg.Pool,
  merchantIds: string | readonly string[],
  read: (db: pg.PoolClient) => Promise<T>,
  statementMs = Infinity,
) => within(pool, snapshot, actFor([merchantIds].flat()), read, statementMs);

/**
 * The same in one round trip. `send` sends all its statements before it waits for the first answer: what it sent later would come after
 * the transaction, as another role.
 */
export const readAtOnce = <T>(pool: pg.Pool, merchantId: string, send: (db: pg.PoolClient) => Promise<T>): Promise<T> =>
  onClient(pool, async (client) => {
    const begun = client.query(begin(pool, snapshot, actFor([merchantId])));
    const [, read] = await inOneTrip([begun, send(client), client.query("commit")]);
    return read;
  });

/** Reads as the checker, who sees the rows of all merchants: for the operator, and for the books as a whole. */
export const readAll = <T>(pool: pg.Pool, read: (db: pg.PoolClient) => Promise<T>): Promise<T> =>
  within(pool, snapshot, "select set_config('role', 'disburse_checker', true)", read);

/** Writes as the app for these merchants, in one short transaction. */
export const writeAs = <T>(pool: pg.Pool, merchantIds: readonly string[], write: (db: pg.PoolClient) => Promise<T>) =>
  within(pool, "", actFor(merchantIds), write);

const snapshot = "isolation level repeatable read read only";

/**
 * A prepared statement stays unusable on its connection when a migration changed its tables (SQLSTATE 0A000), or when the session
 * behind the connection is not the one that prepared it (26000, 42P05).
 */
export const isOutdated = (error: unknown): error is Error =>
  error instanceof Error && "code" in error && ["0A000", "26000", "42P05"].includes(String(error.code));

const begin = (pool: pg.Pool, mode: string, act: string, statementMs = Infinity): string => {
  const limits = limitsOf.get(pool) ?? shortLimits;
  return `begin ${mode}; ${act}, ${setLimits({ ...limits, statementMs: Math.min(limits.statementMs, statementMs) })}`;
};

const within = <T>(
  pool: pg.Pool,
  mode: string,
  act: string,
  work: (db: pg.PoolClient) => Promise<T>,
  statementMs = Infinity,
): Promise<T> =>
  onClient(pool, async (client) => {
    await client.query(begin(pool, mode, act, statementMs));
    const result = await work(client);
    await client.query("commit");
    return result;
  });

/** Does something with a connection of the pool's. A transaction that it left open by throwing is rolled back. */
async function onClient<T>(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    return await work(client);
  } catch (error) {
    await client.query("rollback").catch((lost: Error) => (broken = lost));
    if (isOutdated(error)) broken = error;
    throw error;
  } finally {
    client.release(broken);
  }
}
