import { chmodSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openCluster } from "../../embedded/cluster.ts";
import { freshDatabase } from "../../testing/database.ts";

/** Databases to simulate on, one for each thread. */
export interface Databases {
  readonly urls: readonly string[];
  close(): Promise<void>;
}

export async function openDatabases(count: number): Promise<Databases> {
  const stop = await openServer();
  const databases = await Promise.all(Array.from({ length: count }, freshDatabase));
  return {
    urls: databases.map(({ url }) => url),
    async close() {
      await Promise.all(databases.map(({ drop }) => drop()));
      await stop();
    },
  };
}

/** Where databases of a simulation are made (see freshDatabase, which looks for it there). */
const variable = "DISBURSE_TEST_DATABASE_URL";

/**
 * A PostgreSQL to simulate on: the one of DISBURSE_TEST_DATABASE_URL, or one of the simulation's own, which is not durable.
 * Returns what ends it.
 */
async function openServer(): Promise<() => Promise<void>> {
  if ((process.env[variable] ?? "") !== "") return () => Promise.resolve();
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "disburse-simulated-")));
  chmodSync(folder, 0o755); // so that the account which PostgreSQL runs as reaches it
  const hasty = { fsync: "off", full_page_writes: "off", synchronous_commit: "off", autovacuum: "off" };
  const cluster = await openCluster(folder, () => {}, undefined, hasty);
  process.env[variable] = cluster.url;
  return async () => {
    await cluster.stop();
    rmSync(folder, { recursive: true, force: true });
  };
}
