import { dirname, join } from "node:path";
import { existsSync } from "node:fs";
import pg from "pg";
import { findBinaries, findPackage } from "./binaries.ts";
import { type Connection, urlOf, writeConnection } from "./connection.ts";
import { provideCluster } from "./create.ts";
import { lock } from "./lock.ts";
import { stopOrphan, stopPostmaster } from "./pidfile.ts";
import { findPlace, type Place } from "./place.ts";
import { startPostmaster } from "./postmaster.ts";
import { aboutFolder, ClusterProblem, codeOf } from "./problem.ts";

export type Cluster = {
  /** The connection string of the database `disburse`, for its owner. */
  readonly url: string;
  readonly pid: number;
  /** The folder of the cluster (PGDATA). */
  readonly location: string;
  /** Resolves when PostgreSQL has ended, whether it was asked to or not. Waiting for it keeps no process alive. */
  readonly ended: Promise<void>;
  /** Stops PostgreSQL and gives the data folder back. To be called last, when nobody uses the database any more. */
  readonly stop: () => Promise<void>;
};

type Log = (line: string) => void;

/**
 * Opens the PostgreSQL that lives in a data folder: makes it on the first start, repairs what a kill has left, and keeps
 * the folder locked until `stop`. It keeps running when this process is killed; the next opener stops and restarts it.
 *
 * Refuses (throws `ClusterProblem`, in words for the person at the terminal): when another server has the folder, when
 *   there is no PostgreSQL for this machine, when the folder cannot be used or its database is gone.
 *
 * @param shelter where clusters and programs go that PostgreSQL's account cannot reach in the data folder (root only)
 * @param settings of PostgreSQL, instead of ours: for tests, which may do without fsync
 */
export async function openCluster(
  dataDir: string,
  log: Log,
  shelter = "/var/lib/disburse",
  settings: Readonly<Record<string, string>> = {},
): Promise<Cluster> {
  const giveBack: (() => void)[] = [];
  try {
    const place = findPlace(dataDir, shelter);
    for (const path of locksOf(place)) giveBack.push(lock(path, place.dataDir, place.owner));
    return await open(place, log, giveBack, settings);
  } catch (error) {
    for (const give of giveBack) give();
    throw aboutFolder(error, dataDir);
  }
}

/** A cluster outside its data folder has a lock of its own: a copy of the folder would lead to it too. */
function locksOf({ dataDir, location }: Place): string[] {
  const isSheltered = dirname(location) !== dataDir && existsSync(dirname(location));
  return [join(dataDir, "server.lock"), ...(isSheltered ? [`${location}.lock`] : [])];
}

async function open(
  place: Place,
  log: Log,
  giveBack: (() => void)[],
  settings: Readonly<Record<string, string>>,
): Promise<Cluster> {
  const { dataDir, location, owner } = place;
  const binaries = findBinaries(findPackage(), place.shelf, place.account, owner);
  await stopOrphan(location, log);
  const made = await provideCluster(place, binaries, log);
  const { pid, port, ended, seenOff } = await startPostmaster(place, binaries, made.port, log, settings);
  const connection = { ...made, port };
  try {
    writeConnection(dataDir, connection, owner);
    await ensureDatabase(connection, dataDir);
  } catch (error) {
    await stopPostmaster(pid, location, log);
    throw error;
  }
  log(`PostgreSQL ${binaries.version} is ready on 127.0.0.1:${port}, its data in ${location}`);
  const close = () =>
    stopPostmaster(pid, location, log)
      .then(seenOff)
      .finally(() => giveBack.forEach((give) => give()));
  let closing: Promise<void> | undefined;
  return { url: urlOf(connection), pid, location, ended, stop: () => (closing ??= close()) };
}

/** Creates the database when it is not there: a kill may have come between the cluster and its database. */
async function ensureDatabase(connection: Connection, dataDir: string): Promise<void> {
  const connectionString = urlOf({ ...connection, database: "postgres" });
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 10_000, query_timeout: 60_000 });
  client.on("error", () => undefined); // the query in hand tells
  try {
    await client.connect();
    const found = await client.query("select from pg_database where datname = $1", [connection.database]);
    if (found.rowCount === 0) await client.query(`create database ${connection.database}`);
  } catch (error) {
    if (codeOf(error) !== "28P01") throw error;
    const file = join(dataDir, "postgres.json");
    throw new ClusterProblem(`The password in ${file} is not the database's. Bring back the file that belongs to it.`);
  } finally {
    await client.end();
  }
}
