import type pg from "pg";

const behindPoolers = new WeakSet<pg.ClientBase>();

/**
 * Finds out, once per connection, whether a pooler hands each transaction to another session of PostgreSQL. One that does has
 * to answer with a process id of its own making, because a request to cancel must not hit whoever has the session next.
 * `?prepared=no` in the URL says so without looking, `?prepared=yes` that statements are prepared all the same.
 */
export async function findPooler(client: pg.ClientBase, url: string): Promise<void> {
  const said = preparedOf(url);
  const direct = said === undefined ? await isDirect(client) : said === "yes";
  if (!direct) behindPoolers.add(client);
}

/** Whether statements cannot be prepared here: the next transaction may meet a session that does not know them. */
export const isBehindPooler = (client: pg.ClientBase): boolean => behindPoolers.has(client);

/** What the URL says about prepared statements; undefined when it says nothing. */
export function preparedOf(url: string): string | undefined {
  return new URL(url).searchParams.get("prepared") ?? undefined;
}

async function isDirect(client: pg.ClientBase): Promise<boolean> {
  const { rows } = await client.query<{ pid: number }>("select pg_backend_pid() as pid");
  return rows[0]?.pid === (client as unknown as { processID: number | null }).processID;
}
