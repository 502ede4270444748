import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { openCluster, type Cluster } from "../embedded/cluster.ts";
import type { Reaper } from "./reaper.ts";

/** The embedded PostgreSQL, as something that can be hurt. */
export class Database {
  readonly #folder: string;
  readonly #settings: Readonly<Record<string, string>>;
  readonly #reaper: Reaper;
  readonly #log: (line: string) => void;
  readonly #ready: (port: number) => void;
  #cluster!: Cluster;

  constructor(
    folder: string,
    settings: Readonly<Record<string, string>>,
    reaper: Reaper,
    log: (line: string) => void,
    ready: (port: number) => void,
  ) {
    this.#folder = folder;
    this.#settings = settings;
    this.#reaper = reaper;
    this.#log = log;
    this.#ready = ready;
  }

  get url(): string {
    return this.#cluster.url;
  }

  async start(): Promise<void> {
    this.#cluster = await openCluster(this.#folder, this.#log, undefined, this.#settings);
    this.#reaper.watch(this.#cluster.pid);
    this.#ready(Number(new URL(this.#cluster.url).port));
  }

  /** `kill -9` of the postmaster and of every session; resolves when all of them are gone. */
  async kill(): Promise<void> {
    const family = this.#family();
    for (const pid of family) signal(pid, "SIGKILL");
    while (family.some(isThere)) await sleep(5); // the next start would meet their shared memory
    await this.#cleared();
  }

  /** `kill -9` of one session: PostgreSQL ends all the others and recovers by itself. False if there was none. */
  killSession(pick: (sessions: readonly number[]) => number): boolean {
    const sessions = this.#family().filter((pid) => commandOf(pid).includes("disburse 127.0.0.1"));
    if (sessions.length === 0) return false;
    signal(pick(sessions), "SIGKILL");
    return true;
  }

  /** Ends a share of the sessions as an operator does, with a word of goodbye. Returns how many. */
  async endSessions(share: number): Promise<number> {
    const [found] = await this.ask<{ ended: number }>(
      `select count(pg_terminate_backend(pid))::int as ended from pg_stat_activity
        where application_name = 'disburse' and pid <> pg_backend_pid() and random() < $1`,
      [share],
    );
    return found?.ended ?? 0;
  }

  /** Stops everything without ending anything. */
  pause(): void {
    for (const pid of this.#family()) signal(pid, "SIGSTOP");
  }

  resume(): void {
    for (const pid of this.#family()) signal(pid, "SIGCONT");
  }

  async ask<R extends object>(text: string, values: unknown[] = []): Promise<R[]> {
    const client = new pg.Client({ connectionString: this.url, application_name: "torture" });
    client.on("error", () => {});
    await client.connect();
    try {
      return (await client.query<R & pg.QueryResultRow>(text, values)).rows;
    } finally {
      await client.end();
    }
  }

  async close(): Promise<void> {
    this.resume();
    await this.#cleared();
  }

  /** Gives the folder back, whether PostgreSQL still runs or not. */
  async #cleared(): Promise<void> {
    await this.#cluster.stop();
    this.#reaper.forget(this.#cluster.pid);
  }

  /** The postmaster, and then its children. */
  #family(): number[] {
    const postmaster = this.#cluster.pid;
    const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
    return [postmaster, ...pids.map(Number).filter((pid) => parentOf(pid) === postmaster)];
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // it has ended already
  }
}

/** Source: proc(5), /proc/pid/stat: state is the third field, the parent the fourth. */
function statOf(pid: number): string[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" "); // a name may hold spaces and brackets
  } catch {
    return [];
  }
}

const parentOf = (pid: number): number => Number(statOf(pid)[1] ?? 0);
const isThere = (pid: number): boolean => !["Z", "X", undefined].includes(statOf(pid)[0]);

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
  } catch {
    return "";
  }
}
