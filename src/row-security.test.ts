import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import pg from "pg";
import { actFor } from "./store/db.ts";
import { Belongings, type Kind } from "./testing/belongings.ts";
import { Started } from "./testing/started.ts";

/** Read before it is known who asks: it finds the merchant of a key. */
const unguarded = ["api_keys"];

let server: Started;
let db: pg.Client;
/** Tables of merchants' rows. */
let tables: string[];
let mine: string;
let theirs: string;
before(async () => {
  server = await Started.open();
  db = new pg.Client(JSON.parse(readFileSync(join(server.folder, "postgres.json"), "utf8")));
  await db.connect();
  const [me, they] = [await Belongings.ofNew(server), await Belongings.ofNew(server)];
  [mine, theirs] = [me.who.id, they.who.id];
  const kinds: readonly Kind[] = ["transaction", "session", "webhook", "worldlinePayout", "worldlineToken"];
  for (const one of [me, they]) for (const kind of kinds) await one.of(kind);
  for (const one of [me, they]) await fillUp(one.who.id);
  const { rows } = await db.query<{ name: string }>(
    `select c.relname as name from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'merchant_id'
      where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') order by 1`,
  );
  tables = rows.map(({ name }) => name).filter((name) => !unguarded.includes(name));
});
after(async () => {
  await db?.end();
  await server?.remove();
});

/** Rows of tables that it takes a bad day to fill. */
async function fillUp(merchantId: string): Promise<void> {
  await server.admin("PUT", `/admin/merchants/${merchantId}/rates`, { source: "EUR", target: "USD", rate: "1.1" });
}

/** Runs `work` as the server does, for these merchants, and takes it back. */
async function as<T>(act: string, work: () => Promise<T>): Promise<T> {
  await db.query(`begin; ${act}`);
  try {
    return await work();
  } finally {
    await db.query("rollback");
  }
}
const app = "select set_config('role', 'disburse_app', true)";
const countOf = async (table: string, where = "true"): Promise<number> =>
  Number((await db.query<{ count: string }>(`select count(*) from ${table} where ${where}`)).rows[0]!.count);

test("the merchants whose rows are to be kept apart have rows in every table", async () => {
  const empty: string[] = [];
  for (const table of tables)
    for (const id of [mine, theirs]) if ((await countOf(table, `merchant_id = ${id}`)) === 0) empty.push(table);
  assert.deepEqual([...new Set(empty)], []);
});
