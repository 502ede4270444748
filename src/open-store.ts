import { sleep } from "./clock.ts";
import type { Config } from "./config.ts";
import { openCluster } from "./embedded/cluster.ts";
import { connectionOf } from "./embedded/connection.ts";
import { openMasterKeys, type MasterKeys } from "./master-keys.ts";
import { aboutDatabase, SetupProblem } from "./setup-problem.ts";
import { findFitness, type Fitness } from "./store/fitness.ts";
import { migrate } from "./store/migrate.ts";

/** A database that is ready, and the keys to what is sealed in it. */
export interface Store {
  readonly url: string;
  readonly masterKeys: MasterKeys;
  /** Settings that make "acknowledged" mean less than "on disk", shown in /health; empty as it should be. */
  readonly unsafe: readonly string[];
  /** Resolves when the embedded database has ended by itself; never for another one. */
  readonly ended: Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens the database: the one of DATABASE_URL, or the embedded one in the data folder, brought to this release's schema.
 * `beside`: for a command of the command line, which shares the database of a server that is running on the folder.
 */
export async function openStore(config: Config, log: (line: string) => void, beside = false): Promise<Store> {
  const running = beside && config.databaseUrl === undefined ? connectionOf(config.dataDir) : undefined;
  const own = config.databaseUrl ?? running;
  const cluster = own === undefined ? await openCluster(config.dataDir, log) : undefined;
  const url = own ?? cluster!.url;
  try {
    const masterKeys = openMasterKeys(config);
    const { unsafe } = await fitnessOf(url);
    if (unsafe.length > 0 && !config.unsafeDurability) {
      throw new SetupProblem(
        `PostgreSQL runs with ${unsafe.join(" and ")}: what Disburse acknowledges could be lost in a power cut, and be paid twice. ` +
          "Turn it on, or set DISBURSE_UNSAFE_DURABILITY=yes for a database without real money.",
      );
    }
    if (running === undefined) await migrate(url, log);
    const ended = cluster?.ended ?? new Promise<void>(() => {});
    return { url, masterKeys, unsafe, ended, close: async () => cluster?.stop() };
  } catch (error) {
    await cluster?.stop();
    throw aboutDatabase(error, url);
  }
}

/** What the database is; one that is restored takes no writes until it has read the log to its end, and is waited for. */
async function fitnessOf(url: string): Promise<Fitness> {
  const deadline = performance.now() + 10_000;
  for (;;) {
    const fitness = await findFitness(url);
    if (!fitness.isStandby) return fitness;
    if (performance.now() > deadline) {
      throw new SetupProblem(
        "This PostgreSQL takes no writes: it is a standby, or still being restored. Wait, or name the primary in DATABASE_URL.",
      );
    }
    await sleep(200);
  }
}
