import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { symlinkSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { promisify } from "node:util";
import { type Account, cannotRun, giveTree, spawnedAs } from "./account.ts";
import type { Binaries } from "./binaries.ts";
import { type Connection, readConnection, writeConnection } from "./connection.ts";
import { renameDurably } from "./durable.ts";
import type { Place } from "./place.ts";
import { ClusterProblem } from "./problem.ts";

/**
 * The cluster of this place, made if it was never made. A kill at any moment leaves what the next start finishes: first
 * the password is saved, then the cluster is made beside its place and renamed into it, then it is said to be complete.
 *
 * Refuses (throws): when a cluster that was complete is gone, or its password is. An empty one in its stead would forget
 *   what was paid.
 */
export async function provideCluster(
  place: Place,
  binaries: Binaries,
  log: (line: string) => void,
): Promise<Connection> {
  const { dataDir, location, owner } = place;
  const link = join(dataDir, "postgres");
  const known = readConnection(dataDir);
  if (known === undefined && isCluster(location)) setAside(place, log);
  if (known?.createdAt !== undefined && !isCluster(location)) {
    throw new ClusterProblem(
      `The database of ${dataDir} should be in ${location}, but is not there. Bring it back (from a backup, or mount its ` +
        `disk). To begin with an empty one instead, remove ${join(dataDir, "postgres.json")} and ${link}.`,
    );
  }
  const connection = known ?? { ...defaults, password: randomBytes(24).toString("base64url"), location };
  if (known === undefined) writeConnection(dataDir, connection, owner);
  if (!isCluster(location)) {
    log(`making a new database in ${location}`);
    await initdb(place, binaries, connection);
  }
  if (!lstatSync(link, { throwIfNoEntry: false })) symlinkSync(location, link); // it lives elsewhere
  checkVersion(location, binaries);
  if (place.account !== undefined && statSync(location).uid !== place.account.uid) giveTree(location, place.account);
  const createdAt = connection.createdAt ?? new Date().toISOString();
  return { ...connection, location, createdAt };
}

const defaults = { host: "127.0.0.1", port: 0, user: "disburse", database: "disburse" };

const isCluster = (location: string) => existsSync(join(location, "PG_VERSION"));

async function initdb(
  { location, account }: Place,
  { native }: Binaries,
  { user, password }: Connection,
): Promise<void> {
  for (const name of readdirSync(dirname(location))) {
    if (!name.startsWith(`${basename(location)}.draft-`)) continue; // a start that was killed left it
    rmSync(join(dirname(location), name), { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
  const draft = `${location}.draft-${randomBytes(4).toString("hex")}`;
  const [cluster, passwordFile] = [join(draft, "cluster"), join(draft, "password")];
  for (const folder of [draft, cluster]) mkdirSync(folder, { mode: 0o700 });
  writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
  giveTree(draft, account);
  const layout = ["-D", cluster, "--encoding=UTF8", "--locale=C", "--data-checksums", "--no-instructions"];
  const access = ["-U", user, `--pwfile=${passwordFile}`, "--auth-host=scram-sha-256", "--auth-local=scram-sha-256"];
  try {
    await promisify(execFile)(join(native, "bin", "initdb"), [...layout, ...access], {
      ...spawnedAs(account),
      cwd: draft,
    });
    renameDurably(cluster, location);
  } catch (error) {
    throw whyNot(error, location, account);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

function whyNot(error: unknown, location: string, account: Account | undefined): unknown {
  if (!(error instanceof Error)) return error;
  if ("syscall" in error && String(error.syscall).startsWith("spawn")) return cannotRun(error, account);
  if (!("stderr" in error)) return error; // of the file system: the caller has words for it
  const said = String(error.stderr).trim();
  const advice = /could not look up effective user ID/.test(said)
    ? "Start the server as a user with a name (a line in /etc/passwd), or set DATABASE_URL to a PostgreSQL of your own."
    : "Remove what stands in its way and start again.";
  return new ClusterProblem(`The database could not be made in ${location}: ${said}. ${advice}`, { cause: error });
}

/** What to do with a cluster whose password is not known. One in the shelter that no data folder leads to belonged to a
 *  folder of this name that was removed: it is kept under another name. */
function setAside({ dataDir, location }: Place, log: (line: string) => void): void {
  if (lstatSync(join(dataDir, "postgres"), { throwIfNoEntry: false })) {
    throw new ClusterProblem(
      `${join(dataDir, "postgres.json")}, which holds the password of the database in ${location}, is missing. Bring it ` +
        "back from a backup, or start on another data folder.",
    );
  }
  const kept = `${location}.removed-${new Date().toISOString().replaceAll(":", "")}`;
  renameSync(location, kept);
  log(`the database of an earlier folder ${dataDir} is kept in ${kept}; remove it if nobody needs it`);
}

function checkVersion(location: string, { version }: Binaries): void {
  const [made, ours] = [readFileSync(join(location, "PG_VERSION"), "utf8").trim(), version.split(".")[0]];
  if (made === ours) return;
  throw new ClusterProblem(
    `The database in ${location} was made by PostgreSQL ${made}, and this server brings PostgreSQL ${ours}. ` +
      `Start the release that brings ${made}, copy the data out of it with pg_dump, and restore it into a new folder.`,
  );
}
