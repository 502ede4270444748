import { fileURLToPath } from "node:url";
import { PG_MIGRATE_LOCK_ID, runner } from "node-pg-migrate";
import type pg from "pg";
import { sqlState } from "./batch.ts";
import { openClient } from "./db.ts";
import { migrationLimits, setLimits, type TimeLimits } from "./time-limits.ts";

/** Two folders up from here both as source (src/store) and as built (dist/store). */
export const migrationsFolder = fileURLToPath(new URL("../../migrations", import.meta.url));

/** The database could not be brought to this release's schema. The message is for the person who started the server. */
export class MigrationProblem extends Error {
  override readonly name = "MigrationProblem";
}

/**
 * Brings the database to this release's schema, and returns the names of the migrations that were missing. All of them
 * run in one transaction: a crash leaves the schema as it was. A second server that starts meanwhile waits for the
 * first (an advisory lock of that transaction, so a pooler may stand between), and then finds nothing to do. A database that a
 * newer release has migrated is left as it is.
 *
 * Refuses (throws {@link MigrationProblem}): a PostgreSQL older than 15; a user who may not create roles or tables; a table that
 *   somebody else keeps locked.
 */
export async function migrate(
  url: string,
  log: (line: string) => void = () => {},
  limits: TimeLimits = migrationLimits,
): Promise<string[]> {
  const client = await openClient(url, limits.statementMs);
  try {
    await expectVersion(client);
    await client.query(`begin; select ${setLimits({ ...limits, lockMs: 0 })}; select pg_advisory_xact_lock(${PG_MIGRATE_LOCK_ID});
                        select ${setLimits(limits)}`);
    const done = await runner({
      dbClient: client,
      dir: migrationsFolder,
      ignorePattern: String.raw`(?!\d{4}_\w+\.sql$).*`,
      migrationsTable: "migrations",
      direction: "up",
      singleTransaction: true, // ours: its BEGIN is one too many, which PostgreSQL does not mind, and its COMMIT ends it
      noLock: true,
      logger: { debug: () => {}, info: () => {}, warn: log, error: log },
    });
    if (done.length === 0) await client.query("commit");
    else log(`the database's schema was brought up to date (${done.length} migrations)`);
    return done.map(({ name }) => name);
  } catch (error) {
    throw isForbidden(error) ? mayNot(url, error) : sqlState(error) === "55P03" ? tableLocked(error) : error;
  } finally {
    await client.end().catch(() => {});
  }
}

async function expectVersion(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ server_version_num: string }>("show server_version_num");
  const major = Math.floor(Number(rows[0]?.server_version_num) / 10_000);
  if (major < 15) throw new MigrationProblem(`Disburse needs PostgreSQL 15 or newer; this one is ${major}.`);
}

const tableLocked = (cause: unknown): MigrationProblem =>
  new MigrationProblem(
    "The database's schema could not be brought up to date: somebody keeps a table locked that has to be changed. " +
      "Nothing was changed. End what holds it (pg_stat_activity shows it), and start again.",
    { cause },
  );

/** By its words, because the runner hands some errors on without their SQLSTATE. */
const isForbidden = (error: unknown): error is Error =>
  error instanceof Error && /permission denied|must be owner/.test(error.message);

/** What somebody with more rights has to run once. The user's name stands in it as the URL has it. */
function mayNot(url: string, cause: Error): MigrationProblem {
  const { username, pathname } = new URL(url);
  const [user, database] = [username, pathname.slice(1)].map((name) => quoted(decodeURIComponent(name) || "…"));
  const roles = ["disburse_migrator", "disburse_app", "disburse_checker"];
  const sql = [
    ...roles.map((role) => `create role ${role} nologin; -- if it is not there`),
    `grant ${roles.join(", ")} to ${user};`,
    `alter database ${database} owner to ${user};`,
  ];
  return new MigrationProblem(
    `The database user ${user} may not set up the database (${cause.message.split("\n")[0]}). Either let it own the database and create ` +
      `roles, or have a superuser run this once, and start again:\n${sql.map((line) => `  ${line}`).join("\n")}`,
    { cause },
  );
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;
