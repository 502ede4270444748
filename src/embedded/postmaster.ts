import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, constants, openSync, readFileSync, renameSync, statSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { cannotRun, give, spawnedAs } from "./account.ts";
import type { Binaries } from "./binaries.ts";
import { type PidFile, readPidFile } from "./pidfile.ts";
import type { Place } from "./place.ts";
import { ClusterProblem } from "./problem.ts";

export type Postmaster = {
  readonly pid: number;
  readonly port: number;
  readonly ended: Promise<void>;
  /** The same, for one that was stopped: the process stays until it has heard of it. */
  readonly seenOff: () => Promise<void>;
};

const settings = {
  listen_addresses: "127.0.0.1",
  unix_socket_directories: "", // a socket's path may be 107 bytes long, a data folder's longer
  max_connections: "100",
  shared_buffers: "128MB",
  max_wal_size: "2GB",
  fsync: "on", // what was acknowledged is on disk
  full_page_writes: "on",
  synchronous_commit: "on",
  idle_in_transaction_session_timeout: "60s", // a forgotten transaction would hold its locks, and vacuum, for good
  jit: "off", // compiling takes longer than our statements
  // Not from /dev/shm, which is 64 MB in a container, and which systemd empties when the user who started us logs out.
  min_dynamic_shared_memory: "16MB",
  max_parallel_workers_per_gather: "0", // a parallel query may want more
  timezone: "UTC",
  log_timezone: "UTC",
  log_error_verbosity: "terse", // without DETAIL, which repeats the row at fault
};

/** Starts PostgreSQL and returns when it takes connections. It outlives us if we are killed: the next start finds it. */
export async function startPostmaster(
  place: Place,
  binaries: Binaries,
  lastPort: number,
  log: (line: string) => void,
  others: Readonly<Record<string, string>> = {},
): Promise<Postmaster> {
  const logFile = join(place.dataDir, "postgres.log");
  const giveUpAt = performance.now() + 20_000;
  for (let wanted = lastPort, told = ""; ;) {
    const port = await freePort(wanted);
    const from = turnLog(logFile);
    const left = readPidFile(place.location);
    const child = launch(place, binaries, logFile, { ...settings, ...others, port });
    const ended = new Promise<void>((resolve) => void child.once("exit", () => resolve()));
    const failure = await startOf(child, left, place, log);
    if (failure === undefined) return { pid: child.pid!, port, ended, seenOff: () => (child.ref(), ended) };
    const said = readFileSync(logFile).subarray(from).toString().trim();
    const why = /FATAL: .*/.exec(said)?.[0] ?? failure;
    const isTaken = said.includes("Address already in use"); // by another program, since we looked
    if (isTaken) wanted = 0;
    else if (!/pre-existing shared memory block|"postmaster.pid" already exists/.test(said))
      giveUp(logFile, said || why);
    if (performance.now() > giveUpAt) {
      giveUp(
        logFile,
        `${why}\nIf one that was killed has left sessions at work ("postgres: …" in ps), end them first.`,
      );
    }
    if (why !== told) log(`PostgreSQL could not start yet (${why}): trying again`);
    told = why;
    await delay(300);
  }
}

function giveUp(logFile: string, said: string): never {
  const end = said.split("\n").slice(-8).join("\n");
  throw new ClusterProblem(`PostgreSQL did not start. Its log, ${logFile}, ends with:\n${end}`);
}

function launch(place: Place, { native }: Binaries, logFile: string, run: Record<string, unknown>): ChildProcess {
  const { location, account, owner } = place;
  const { O_WRONLY, O_APPEND, O_CREAT, O_NOFOLLOW } = constants; // root may be writing into somebody's folder
  const logFd = openSync(logFile, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW, 0o600);
  const options = Object.entries(run).flatMap(([name, value]) => ["-c", `${name}=${String(value)}`]);
  try {
    give(logFile, owner);
    // A session of its own: Ctrl-C reaches the server alone, which stops PostgreSQL last. Its output goes to the file, so
    // it needs nothing from us to live on; and it does not keep our event loop turning.
    const child = spawn(join(native, "bin", "postgres"), ["-D", location, ...options], {
      ...spawnedAs(account),
      cwd: location,
      detached: true,
      stdio: ["ignore", logFd, logFd],
    });
    child.unref();
    return child;
  } catch (error) {
    throw error instanceof Error && "syscall" in error ? cannotRun(error, account) : error;
  } finally {
    closeSync(logFd);
  }
}

/** Waits until the child takes connections; a string says why it never will. Recovery after a crash may take minutes, so
 *  there is no deadline while it lives. */
async function startOf(child: ChildProcess, left: PidFile | undefined, place: Place, log: (line: string) => void) {
  const failed = new Promise<string>((resolve, reject) => {
    child.once("error", (error) => reject(cannotRun(error, place.account)));
    child.once("exit", (code, signal) => resolve(`it ended with ${signal ?? `code ${code}`}`));
  });
  for (let waitedMs = 10; ; waitedMs += 10) {
    const failure = await Promise.race([failed, delay(10)]);
    if (typeof failure === "string") return failure;
    const running = readPidFile(place.location);
    const isNew = running?.writtenAtNs !== left?.writtenAtNs;
    if (isNew && running?.isReady && running.pid === child.pid) return undefined;
    if (waitedMs % 10_000 === 0) log("PostgreSQL is still starting (after a crash it reads its log first)");
  }
}

/** Puts a log beyond 20 MB aside, in the place of the one before, and returns where in the file the next start begins. */
function turnLog(path: string): number {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (size <= 20 * 1024 * 1024) return size;
  renameSync(path, `${path}.1`);
  return 0;
}

/** The wanted port (the last one: clients beside the server find it again) if it is free, else any. */
async function freePort(wanted: number): Promise<number> {
  const server = createServer();
  const port = await new Promise<number | undefined>((resolve) => {
    server.once("error", () => resolve(undefined));
    server.listen(wanted, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
  });
  if (port === undefined && wanted === 0) throw new ClusterProblem("No TCP port is free on 127.0.0.1 for PostgreSQL.");
  await new Promise((resolve) => server.close(resolve));
  return port ?? freePort(0);
}
