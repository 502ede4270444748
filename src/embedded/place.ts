import { createHash } from "node:crypto";
import { accessSync, chmodSync, constants, existsSync, lstatSync, mkdirSync, readdirSync } from "node:fs";
import { readlinkSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { type Account, accountFor, canPass, give, isRoot } from "./account.ts";
import { ClusterProblem } from "./problem.ts";

/** Where a data folder's database lives, and whose it is. Paths are real paths. */
export type Place = {
  readonly dataDir: string;
  /** The owner of the data folder, who gets the files we put into it. */
  readonly owner: Account;
  /** Whom PostgreSQL runs as; undefined: as ourselves. */
  readonly account: Account | undefined;
  /** The folder in which the cluster, and a copy of the programs if one is needed, stand. */
  readonly shelf: string;
  /** The cluster itself (PGDATA). */
  readonly location: string;
};

/**
 * Prepares the data folder and decides where its cluster lives: in `<dataDir>/postgres`. Only where root lends PostgreSQL
 * an account that cannot get there (below /root, say) it lives in `shelter`, and `<dataDir>/postgres` is a link to it.
 */
export function findPlace(folder: string, shelter: string): Place {
  const isOurs = claim(folder);
  const dataDir = realpathSync(folder);
  const owner: Account = statSync(dataDir);
  const account = accountFor(owner);
  const isReachable = canPass(account, dirname(dataDir)) && (isOurs || canPass(account, dataDir));
  if (isOurs) close(dataDir, owner, isReachable ? account : undefined);
  if (!isReachable && !existsSync(shelter)) {
    mkdirSync(shelter, { recursive: true });
    chmodSync(shelter, 0o755); // whatever the umask
  }
  const shelf = isReachable ? dataDir : realpathSync(shelter);
  const name = isReachable
    ? "postgres"
    : `${basename(dataDir)}-${createHash("sha256").update(dataDir).digest("hex").slice(0, 12)}`;
  const location = existing(dataDir) ?? join(shelf, name);
  if (existsSync(dirname(location)) && !canPass(account, dirname(location))) {
    throw new ClusterProblem(
      `The database of ${dataDir} is in ${location}, which user id ${account?.uid} cannot reach, and PostgreSQL refuses ` +
        `to run as root. Move ${dataDir} to where that user may pass, or start the server as the folder's owner.`,
    );
  }
  return { dataDir, owner, account, shelf, location };
}

/** Creates the folder if need be. True if its mode is ours to set: it is new, empty, or closed already. A folder
 *  that is open, with other things in it, stays as it is: each of our files in it is closed for itself. */
function claim(folder: string): boolean {
  mkdirSync(dirname(resolve(folder)), { recursive: true });
  if (!existsSync(folder)) mkdirSync(folder, { mode: 0o700 });
  accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
  const home = process.env["HOME"] ?? "";
  if (existsSync(home) && realpathSync(folder) === realpathSync(home)) return false;
  const isClosed = (statSync(folder).mode & 0o067) === 0;
  return isClosed || readdirSync(folder).every((name) => name === "lost+found"); // a new disk has one
}

/** Closes the folder to everybody but its owner. Where that is root and PostgreSQL runs as another, that one's group may
 *  pass through to the cluster (and neither list the folder nor read a file in it). */
function close(dataDir: string, owner: Account, account: Account | undefined): void {
  if (!isRoot && owner.uid !== process.getuid?.()) return; // a volume that its group may write to
  const passes = account !== undefined && account.uid !== owner.uid;
  if (passes) give(dataDir, { uid: owner.uid, gid: account.gid });
  chmodSync(dataDir, passes ? 0o710 : 0o700);
}

/** Where `<dataDir>/postgres` is or leads to, also when there is nothing there any more. */
function existing(dataDir: string): string | undefined {
  const path = join(dataDir, "postgres");
  const entry = lstatSync(path, { throwIfNoEntry: false });
  if (entry === undefined) return undefined;
  if (!entry.isSymbolicLink()) return path;
  const target = resolve(dataDir, readlinkSync(path));
  return existsSync(target) ? realpathSync(target) : target;
}
