import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type pg from "pg";
import { freshDatabase, type TestDatabase } from "../testing/database.ts";
import { openClient } from "./db.ts";

/** What finds the merchant, or belongs to no one merchant. */
const shared = [
  "api_keys",
  "dispatch",
  "dispatch_log",
  "installation",
  "lives",
  "merchants",
  "migrations",
  "rail_cursors",
  "vault_rotations",
];

let database: TestDatabase;
let client: pg.Client;
before(async () => {
  database = await freshDatabase();
  client = await openClient(database.url);
});
after(async () => {
  await client.end();
  await database.drop();
});

const names = async (sql: string): Promise<string[]> => {
  const { rows } = await client.query<{ name: string }>(sql, [shared]);
  return rows.map(({ name }) => name);
};

test("the merchant leads every key of every table, but for those that find it", async () => {
  const others = await names(
    `select i.indexrelid::regclass::text as name from pg_index i
       join pg_class c on c.oid = i.indrelid and c.relnamespace = 'public'::regnamespace
       join pg_attribute a on a.attrelid = c.oid and a.attnum = i.indkey[0]
      where i.indisunique and a.attname <> 'merchant_id' and c.relname <> all ($1::text[])`,
  );
  assert.deepEqual(others, []);
});

test("every table of a merchant's rows has row-level security, for the app by the merchants of the transaction", async () => {
  const open = await names(
    `select c.relname as name from pg_class c
      where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and c.relname <> all ($1::text[])
        and not (c.relrowsecurity and exists (select from pg_policy p where p.polrelid = c.oid and p.polname = 'app'))`,
  );
  assert.deepEqual(open, []);
});

test("every policy of the app looks at a row that was found, and none is an index's way to it", async () => {
  const { rows } = await client.query<Record<"name" | "reads" | "writes", string>>(
    `select c.relname || '.' || p.polname as name, pg_get_expr(p.polqual, p.polrelid) as reads, pg_get_expr(p.polwithcheck, p.polrelid) as writes
       from pg_policy p join pg_class c on c.oid = p.polrelid
      where p.polroles && array[0, 'disburse_app'::regrole::oid] order by 1`,
  );
  const ofTheRow = /^\(array_position\(.*current_merchants\(\).*, merchant_id\) IS NOT NULL\)$/;
  assert.match(rows[0]?.reads ?? "", ofTheRow);
  const others = rows.filter(({ reads, writes }) => reads !== rows[0]!.reads || writes !== reads);
  assert.deepEqual(others, []);
  assert.ok(rows.length > 20, `${rows.length} policies`);
});

test("there are no triggers, and the app can neither rewrite history nor own what it writes", async () => {
  assert.deepEqual(
    await names("select tgname as name from pg_trigger where not tgisinternal and $1::text[] is not null"),
    [],
  );
  const changeable = await names(
    `select t as name from unnest(array['events', 'customer_events', 'entries', 'answers', 'attempts', 'sends', 'fundings', 'payout_references', 'dispatch_log', 'erasures']) as t
      where $1::text[] is not null and (has_table_privilege('disburse_app', t, 'update') or has_table_privilege('disburse_app', t, 'delete'))`,
  );
  assert.deepEqual(changeable, []);
  const owned = await names(
    `select relname as name from pg_class where relnamespace = 'public'::regnamespace and $1::text[] is not null
        and relowner in ('disburse_app'::regrole, 'disburse_checker'::regrole)`,
  );
  assert.deepEqual(owned, []);
});
