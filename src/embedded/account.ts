import { spawnSync } from "node:child_process";
import { existsSync, lchownSync, lstatSync, readdirSync, readFileSync, type Stats, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { ClusterProblem, codeOf } from "./problem.ts";

export type Account = { readonly uid: number; readonly gid: number };

export const isRoot = process.getuid?.() === 0;

/** Whom PostgreSQL runs as, given who owns the data folder. It refuses to run as root, so root lends it another account:
 *  the folder's owner, or else `nobody`. No user is created. Undefined: it runs as ourselves. */
export function accountFor(owner: Account): Account | undefined {
  if (!isRoot) return undefined;
  return owner.uid === 0 || !hasName(owner) ? nobody() : owner;
}

/** initdb insists that its user has a name. The owner of a folder from outside a container may have none inside. */
function hasName({ uid }: Account): boolean {
  return new RegExp(`^[^:]+:[^:]*:${uid}:`, "m").test(users()) || spawnSync("id", ["-un", String(uid)]).status === 0;
}

function nobody(): Account {
  const [, uid = "65534", gid = uid] = /^nobody:[^:]*:(-?\d+):(-?\d+):/m.exec(users()) ?? [];
  return { uid: Number(uid) >>> 0, gid: Number(gid) >>> 0 }; // macOS writes -2
}

const users = () => (existsSync("/etc/passwd") ? readFileSync("/etc/passwd", "utf8") : "");

/** How to spawn a program as `account`. It gets no environment of ours: that may hold secrets, or PostgreSQL's own PG…
 *  variables, which would change what it does. */
export function spawnedAs(account: Account | undefined) {
  const env = { PATH: process.env["PATH"], LC_ALL: "C", TZ: "UTC" };
  return account === undefined ? { env } : { env, uid: account.uid | 0, gid: account.gid | 0 };
}

/** Whether `account` can reach `path` and read it (and, of a folder or program, enter or run it), judged by the mode bits
 *  of the path and of all folders above it. Give the real path: links are not followed one by one. */
export function canReach(account: Account | undefined, path: string): boolean {
  return account === undefined || (allows(statSync(path), account, 0o5) && canPass(account, dirname(path)));
}

/** Whether `account` can pass through `folder`, without necessarily listing it, and through all folders above it. */
export function canPass(account: Account | undefined, folder: string): boolean {
  if (account === undefined) return true;
  return allows(statSync(folder), account, 0o1) && (dirname(folder) === folder || canPass(account, dirname(folder)));
}

function allows({ mode, uid, gid }: Stats, account: Account, wanted: number): boolean {
  const bits = uid === account.uid ? mode >> 6 : gid === account.gid ? mode >> 3 : mode;
  return (bits & wanted) === wanted;
}

/** Makes `account` the owner of a file, folder or link, if we are root. */
export function give(path: string, account: Account | undefined): void {
  if (!isRoot || account === undefined) return;
  try {
    lchownSync(path, account.uid, account.gid);
  } catch (error) {
    throw cannotLend(error);
  }
}

/** The same for all that a folder holds. The folder comes last: one that has its owner was given in full. */
export function giveTree(folder: string, account: Account | undefined): void {
  if (!isRoot || account === undefined) return;
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (lstatSync(path).isDirectory()) giveTree(path, account);
    else give(path, account);
  }
  give(folder, account);
}

/** Why a program could not even be started as `account`. */
export function cannotRun(error: Error, account: Account | undefined): ClusterProblem {
  if (account !== undefined && ["EPERM", "EINVAL"].includes(codeOf(error) ?? "")) return cannotLend(error);
  return new ClusterProblem(
    `The embedded PostgreSQL cannot run on this system (${error.message}). It needs glibc, which Alpine Linux lacks. ` +
      "Set DATABASE_URL to a PostgreSQL of your own.",
    { cause: error },
  );
}

function cannotLend(cause: unknown): ClusterProblem {
  return new ClusterProblem(
    `PostgreSQL refuses to run as root, and this root may not let another user do it (${String(cause)}). ` +
      "Start the server as an ordinary user, or set DATABASE_URL to a PostgreSQL of your own.",
    { cause },
  );
}
