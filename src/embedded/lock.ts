import { randomBytes } from "node:crypto";
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { type Account, give } from "./account.ts";
import { ClusterProblem, codeOf } from "./problem.ts";
import { birthOf, isHidden } from "./process.ts";

export type Holder = { readonly pid: number; readonly birth: string; readonly folder: string; readonly nonce: string };

/**
 * Takes the lock file `path` for this process, on behalf of `folder`, and returns what gives it back.
 *
 * A lock outlives a holder that was killed. It is then taken over, also when its pid has since gone to another process.
 * Refuses (throws): when a living process holds it.
 */
export function lock(path: string, folder: string, owner: Account): () => void {
  const mine = { pid: process.pid, birth: birthOf(process.pid) ?? "", folder, nonce: randomBytes(8).toString("hex") };
  const holder = take(path, mine, owner);
  if (holder !== undefined) throw new ClusterProblem(heldBy(holder, path, folder));
  return () => {
    if (read(path)?.nonce === mine.nonce) rmSync(path, { force: true });
  };
}

/** Takes the lock, or returns the living process that has it. */
function take(path: string, mine: Holder, owner: Account): Holder | undefined {
  // Written whole and then linked (which fails if the name is there, as O_EXCL does): nobody reads half a lock.
  const draft = `${path}.draft-${mine.nonce}`;
  writeFileSync(draft, JSON.stringify(mine), { mode: 0o600, flag: "wx" });
  try {
    give(draft, owner);
    for (;;) {
      if (link(draft, path)) return undefined;
      const holder = read(path);
      if (holder === undefined) continue; // given back in between
      if (isLiving(holder)) return holder;
      // Two starters may both have found this holder dead. Only the one that holds the lock named after it may replace
      // it, and only while it is still there: otherwise the slower one would sweep away the new lock of the faster.
      const succession = `${path}.after-${holder.nonce}`;
      const rival = take(succession, mine, owner);
      if (rival !== undefined) return rival;
      try {
        if (read(path)?.nonce !== holder.nonce) continue;
        renameSync(draft, path);
        return undefined;
      } finally {
        rmSync(succession, { force: true });
      }
    }
  } finally {
    rmSync(draft, { force: true });
  }
}

function link(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    throw error;
  }
}

function read(path: string): Holder | undefined {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
  try {
    return JSON.parse(text) as Holder;
  } catch {
    return { pid: 0, birth: "", folder: "", nonce: "unreadable" }; // a lock is complete while its machine runs: power loss
  }
}

function isLiving({ pid, birth }: Holder): boolean {
  if (pid <= 0) return false;
  const now = birthOf(pid);
  return now === undefined ? isHidden(pid) : now === birth;
}

function heldBy(holder: Holder, path: string, folder: string): string {
  const taken = `Another server (process ${holder.pid}) is running on the data folder ${holder.folder}.`;
  if (holder.folder === folder) return `${taken} Stop it first, or start this one on another folder.`;
  return `${taken} ${folder} leads to the same data, or is a copy of it. If it is a copy, remove ${path} and start again.`;
}
