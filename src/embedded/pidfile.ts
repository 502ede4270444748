import { readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { ClusterProblem, codeOf } from "./problem.ts";
import { commandOf, isRunning } from "./process.ts";

/** What a running PostgreSQL says of itself in its data folder; a killed one leaves it behind.
 *  Source: src/include/utils/pidfile.h (line 1 pid, 4 port, 8 state). */
export type PidFile = {
  readonly pid: number;
  readonly port: number;
  readonly isReady: boolean;
  /** Tells the file of this run from one that a run before has left, even where both had the same pid (a container). */
  readonly writtenAtNs: bigint;
};

export function readPidFile(location: string): PidFile | undefined {
  try {
    const path = join(location, "postmaster.pid");
    const { ctimeNs } = statSync(path, { bigint: true });
    const [pid, , , port, , , , state] = readFileSync(path, "utf8").split("\n");
    return { pid: Number(pid), port: Number(port), isReady: state?.trim() === "ready", writtenAtNs: ctimeNs };
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

/** Whether this process is a PostgreSQL that we started on this cluster, and not one that has its pid since. */
export function isPostmasterOf(pid: number, location: string): boolean {
  return pid > 0 && `${commandOf(pid)} `.includes(`/bin/postgres -D ${location} `);
}

/**
 * Stops a PostgreSQL whose server was killed, and clears away what one that was killed itself has left. The caller holds
 * the folder's lock, so no server is using it.
 */
export async function stopOrphan(location: string, log: (line: string) => void): Promise<void> {
  const left = readPidFile(location);
  if (left === undefined) return;
  if (isPostmasterOf(left.pid, location)) {
    log(`the server before this one was killed and left PostgreSQL running (process ${left.pid}): stopping it`);
    return stopPostmaster(left.pid, location, log);
  }
  // PostgreSQL asks only whether some process of its user has this pid. After a restart of the machine that may be any.
  // Without the file it still sees whether the folder is in use, by a shared memory block that carries its inode.
  if (isRunning(left.pid)) rmSync(join(location, "postmaster.pid"), { force: true });
}

/** Asks for a fast shutdown (sessions are ended, everything is written), after 30 seconds for an immediate one (the next
 *  start recovers from the log), and waits for the end. */
export async function stopPostmaster(pid: number, location: string, log: (line: string) => void): Promise<void> {
  signal(pid, "SIGINT");
  if (await hasEnded(pid, location, 30_000)) return;
  log(`PostgreSQL (process ${pid}) has not stopped within 30 seconds: stopping it at once`);
  signal(pid, "SIGQUIT");
  if (await hasEnded(pid, location, 10_000)) return;
  throw new ClusterProblem(`PostgreSQL (process ${pid}) on ${location} does not stop. End it by hand: kill -9 ${pid}`);
}

async function hasEnded(pid: number, location: string, withinMs: number): Promise<boolean> {
  const giveUpAt = performance.now() + withinMs;
  while (isPostmasterOf(pid, location)) {
    if (performance.now() > giveUpAt) return false;
    await delay(10);
  }
  return true;
}

function signal(pid: number, name: "SIGINT" | "SIGQUIT"): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (codeOf(error) !== "ESRCH") throw error; // it has ended already
  }
}
