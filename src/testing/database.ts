import { createHash, randomBytes } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";
import { migrate, migrationsFolder } from "../store/migrate.ts";

/** A database of one test's own. */
export interface TestDatabase {
  readonly url: string;
  drop(): Promise<void>;
}

/** The server that tests may create databases in, as superuser. */
export function testServer(): string {
  const url = process.env["DISBURSE_TEST_DATABASE_URL"];
  if (url === undefined || url === "") {
    throw new Error("DISBURSE_TEST_DATABASE_URL must hold the URL of a PostgreSQL server for tests, as its superuser");
  }
  return url;
}

/** A new, migrated, empty database: a copy of a template that is migrated once per server and set of migrations. */
export async function freshDatabase(): Promise<TestDatabase> {
  return createDatabase(await template());
}

/** A new database without anything in it. */
export const emptyDatabase = (): Promise<TestDatabase> => createDatabase("template0");

async function createDatabase(from: string): Promise<TestDatabase> {
  const name = `disburse_test_${randomBytes(6).toString("hex")}`;
  await onServer((client) => client.query(`create database ${name} template ${from}`));
  const drop = () => onServer((client) => client.query(`drop database if exists ${name} with (force)`));
  return { url: urlOf(name), drop: async () => void (await drop()) };
}

/** A template that counts is marked as one: a kill while it was made leaves one that is made anew. */
async function template(): Promise<string> {
  const name = `disburse_template_${migrationsHash()}`;
  await onServer(async (client) => {
    const isThere = async () =>
      (await client.query("select from pg_database where datname = $1 and datistemplate", [name])).rowCount === 1;
    if (await isThere()) return;
    await client.query("select pg_advisory_lock(hashtext('disburse template'))"); // ends with the connection
    if (await isThere()) return;
    await client.query(`drop database if exists ${name}`);
    await client.query(`create database ${name} template template0`);
    await migrate(urlOf(name));
    await client.query(`alter database ${name} with is_template true`);
  });
  return name;
}

function migrationsHash(): string {
  const hash = createHash("sha256");
  const names = readdirSync(migrationsFolder).filter((name) => /^\d{4}_\w+\.sql$/.test(name));
  for (const name of names.sort()) hash.update(`${name}\0`).update(readFileSync(join(migrationsFolder, name)));
  return hash.digest("hex").slice(0, 12);
}

function urlOf(database: string): string {
  const url = new URL(testServer());
  url.pathname = `/${database}`;
  return url.toString();
}

async function onServer<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: testServer() });
  client.on("error", () => {});
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
