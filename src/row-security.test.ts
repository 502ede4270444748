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
  for (const one of [me, they]) await fillUp(one);
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

/** Rows of tables that other tests fill: an erased customer, an incident, a transfer that was forgotten. */
async function fillUp({ who: { id }, make }: Belongings): Promise<void> {
  const merchant = `/admin/merchants/${id}`;
  await server.admin("PUT", `${merchant}/rates`, { source: "EUR", target: "USD", rate: "1.1" });
  await server.admin("POST", `${merchant}/customers/${await make.customer()}/erase`, { reason: "a test" });
  await db.query(
    `insert into incidents (merchant_id, payout_id, version, kind, facts, created_at)
     select merchant_id, id, version, 'contradiction', '{}', now() from payouts where merchant_id = $1 limit 1`,
    [id],
  );
  await db.query(
    `insert into forgotten_transfers (merchant_id, reference, rail, status, amount_minor, currency, booked_at)
     values ($1, 'REFERENCE', 'sandbox', 'paid', 1, 'EUR', now())`,
    [id],
  );
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
/** The SQLSTATE and words of a refusal; undefined: it was done. */
const refusalOf = (sql: string): Promise<string | undefined> =>
  db.query(sql).then(
    () => undefined,
    (error: pg.DatabaseError) => `${error.code} ${error.message}`,
  );
/** Tables where each of them gives another answer than the one expected, with that answer. */
async function exceptions<T>(expected: T, answer: (table: string) => Promise<T>): Promise<string[]> {
  const answers: string[] = [];
  for (const table of tables) {
    const told = await answer(table);
    if (told !== expected) answers.push(`${table}: ${String(told)}`);
  }
  return answers;
}

test("the merchants whose rows are to be kept apart have rows in every table", async () => {
  const both = async (table: string) =>
    (await countOf(table, `merchant_id = ${mine}`)) > 0 && (await countOf(table, `merchant_id = ${theirs}`)) > 0;
  assert.deepEqual(await exceptions(true, both), []);
  assert.ok(tables.length >= 20, tables.join());
});

test("without a merchant, the server's role sees no row and writes none", async () => {
  for (const act of [app, actFor([])]) {
    assert.deepEqual(await exceptions(0, (table) => as(act, () => countOf(table))), []);
    assert.deepEqual(await exceptions(true, (table) => as(act, () => insertIsRefused(table, mine))), []);
  }
});

test("for one merchant, it sees that one's rows and no others", async () => {
  const stranger = (table: string) => as(actFor([mine]), () => countOf(table, `merchant_id <> ${mine}`));
  assert.deepEqual(await exceptions(0, stranger), []);
  const all = (table: string) => as(actFor([mine]), async () => (await countOf(table)) > 0);
  assert.deepEqual(await exceptions(true, all), []);
});

/** Row-level security speaks before any other constraint; what it lets through here lacks all the other columns. */
const insertIsRefused = async (table: string, merchantId: string): Promise<boolean> =>
  (await refusalOf(`insert into ${table} (merchant_id) values (${merchantId})`))?.includes("row-level security") ===
  true;

test("for one merchant, it writes no row of another's: not by insert, update or delete", async () => {
  const refused = (merchantId: string) => (table: string) =>
    as(actFor([mine]), () => insertIsRefused(table, merchantId));
  assert.deepEqual(await exceptions(true, refused(theirs)), []);
  assert.deepEqual(await exceptions(false, refused(mine)), [], "one's own are refused for other reasons, if at all");
  const changes = (sql: (table: string) => string) => (table: string) =>
    as(actFor([mine]), async () => {
      const told = await db.query(sql(table)).catch((error: pg.DatabaseError) => error);
      // Where nothing may ever be changed, the grant is missing, and that is told first.
      return told instanceof Error ? told.code === "42501" : told.rowCount === 0;
    });
  const where = `where merchant_id = ${theirs}`;
  assert.deepEqual(
    await exceptions(
      true,
      changes((table) => `update ${table} set merchant_id = merchant_id ${where}`),
    ),
    [],
  );
  assert.deepEqual(
    await exceptions(
      true,
      changes((table) => `delete from ${table} ${where}`),
    ),
    [],
  );
  const away = (table: string) =>
    as(actFor([mine]), async () => {
      const told = await refusalOf(`update ${table} set merchant_id = ${theirs} where merchant_id = ${mine}`);
      return told?.startsWith("42501") === true;
    });
  assert.deepEqual(await exceptions(true, away), [], "no row is given away");
});

test("the server's role has no way around it of its own", async () => {
  const { rows } = await db.query(
    `select rolsuper or rolbypassrls or rolcreaterole or rolcreatedb or rolcanlogin as strong,
            (select count(*)::int from pg_auth_members where member = r.oid) as memberships
       from pg_roles r where rolname = 'disburse_app'`,
  );
  assert.deepEqual(rows, [{ strong: false, memberships: 0 }]);
  const owned = await db.query("select 1 from pg_class where relowner = 'disburse_app'::regrole");
  assert.equal(owned.rowCount, 0);
  const tried = (table: string) => [
    `alter table ${table} disable row level security`,
    `drop policy app on ${table}`,
    `alter policy app on ${table} using (true)`,
    `create policy more on ${table} to disburse_app using (true)`,
    `grant all on ${table} to disburse_app`,
    `truncate ${table}`,
  ];
  const refused = async (table: string) => {
    for (const sql of tried(table)) {
      const told = await as(actFor([mine]), () => refusalOf(sql));
      // A grant by somebody who may not grant does nothing, and only warns.
      if (told === undefined && sql.startsWith("grant")) continue;
      if (told?.startsWith("42501") !== true) return `${sql}: ${told}`;
    }
    return undefined;
  };
  assert.deepEqual(await exceptions(undefined, refused), []);
  for (const sql of ["create table t (a int)", "create schema s", "alter role disburse_app bypassrls"])
    assert.match((await as(actFor([mine]), () => refusalOf(sql))) ?? "done", /^42501/, sql);
});

test("somebody who logs in as that role alone can take on no other", async () => {
  const name = `disburse_login_${process.pid}`;
  await db.query(`create role ${name} login password 'secret' in role disburse_app`);
  const settings = JSON.parse(readFileSync(join(server.folder, "postgres.json"), "utf8")) as pg.ClientConfig;
  const alone = new pg.Client({ ...settings, user: name, password: "secret" });
  try {
    await alone.connect();
    for (const role of ["disburse_migrator", "disburse_checker", "postgres", settings.user])
      if (role !== undefined && (await db.query("select 1 from pg_roles where rolname = $1", [role])).rowCount === 1)
        await assert.rejects(alone.query(`set role ${role}`), { code: "42501" });
    await alone.query(`begin; ${actFor([mine])}`);
    assert.equal((await alone.query(`select 1 from payouts where merchant_id = ${theirs}`)).rowCount, 0);
    assert.notEqual((await alone.query("select 1 from payouts")).rowCount, 0);
    await alone.query("rollback");
  } finally {
    await alone.end();
    await db.query(`drop role ${name}`);
  }
});

test("what looks across merchants as the tables' owner tells keys and nothing else", async () => {
  const { rows } = await db.query<{ told: string }>(
    `select p.proname || ' → ' || pg_get_function_result(p.oid) as told from pg_proc p
      where p.pronamespace = 'public'::regnamespace and p.prosecdef and has_function_privilege('disburse_app', p.oid, 'execute')
      order by 1`,
  );
  assert.deepEqual(
    rows
      .map(({ told }) => told)
      .filter(
        (told) => !/ → (?:integer|TABLE\(merchant_id bigint, (?:payout_)?id bigint(?:, rail text)?\))$/.test(told),
      ),
    [],
  );
});
