import pg from "pg";
import type { Merchant } from "../../core/parties.ts";
import { types } from "../../store/db.ts";
import { dataKeyOf } from "../data-keys.ts";

/**
 * Settings of a simulated server's connection. What it asks of PostgreSQL by name is looked for in the schema `sim` first (see
 * {@link prepare}). A circle of locks is found by the simulator, and not when PostgreSQL happens to look. Nothing has to
 * outlast a power cut.
 */
const options = "-c search_path=sim,pg_catalog,public -c deadlock_timeout=1h -c synchronous_commit=off";

/** A connection without timers: real time means nothing here. */
export async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, types, pipeline: true, options });
  client.on("error", () => {}); // the statement under way tells
  await client.connect();
  return client;
}

/** One such connection as a pool: for code that reads. */
export const openPool = (url: string): pg.Pool => new pg.Pool({ connectionString: url, types, options, max: 1 });

/** Sets the clock that a connection sees, to milliseconds since 1970. */
export const setNow = async (client: pg.ClientBase | pg.Pool, now: number): Promise<void> =>
  void (await client.query("select set_config('sim.now', $1, false)", [String(now)]));

/**
 * Makes a database one that can be simulated on: its clock shows what a session sets as `sim.now` (milliseconds since 1970),
 * timeouts that production asks for never strike by themselves, and `sim.fail` fails like PostgreSQL.
 */
export async function prepare(client: pg.ClientBase): Promise<void> {
  await client.query(`
    create schema if not exists sim;
    grant usage on schema sim to public;
    create or replace function sim.clock_timestamp() returns timestamptz language sql stable
      return pg_catalog.to_timestamp(pg_catalog.current_setting('sim.now')::float8 / 1000);
    create or replace function sim.now() returns timestamptz language sql stable return sim.clock_timestamp();
    create or replace function sim.set_config(name text, value text, local boolean) returns text language sql volatile
      return pg_catalog.set_config(name, case when name like '%timeout' then '0' else value end, local);
    create or replace function sim.fail(state text) returns void language plpgsql
      as $$ begin raise exception 'the simulated database fails' using errcode = state; end $$;
    do $$ declare t text; begin
      for t in select oid::regclass from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' loop
        execute 'alter table ' || t || ' set (autovacuum_enabled = false)';
      end loop;
    end $$`);
}

/** Empties all tables: by deleting, which takes a hundredth of the time of truncating while they are small. */
export async function empty(client: pg.ClientBase): Promise<void> {
  await client.query(`do $$ declare t text; begin
    for t in select oid::regclass from pg_class
              where relnamespace = 'public'::regnamespace and relkind = 'r' and relname not in ('migrations', 'dispatch')
              order by relname in ('merchants', 'data_keys') loop -- last: others refer to them
      execute 'delete from ' || t;
    end loop; end $$`);
}

export async function addMerchant(client: pg.ClientBase, m: Merchant): Promise<void> {
  await client.query(
    `insert into merchants (id, handle, name, currency, country, timezone, test, worldline_merchant_id, reference_prefix,
                            approval, agreements, created_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10::jsonb, $11::jsonb, to_timestamp($12::float8 / 1000))`,
    // prettier-ignore
    [m.id, m.handle, m.name, m.currency, m.country, m.timezone, m.test, m.worldlineMerchantId, m.referencePrefix,
     JSON.stringify(m.approval), JSON.stringify(m.agreements), m.createdAt],
  );
  const { id, masterKeyId, wrapped } = await dataKeyOf(m.id);
  await client.query(
    `insert into data_keys (merchant_id, id, master_key_id, wrapped, rotation, created_at)
     values ($1, $2, $3, $4, 0, to_timestamp($5::float8 / 1000))`,
    [m.id, id, masterKeyId, wrapped, m.createdAt],
  );
}
