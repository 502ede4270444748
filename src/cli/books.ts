import { openCluster } from "../embedded/cluster.ts";
import { connectionOf, readConnection } from "../embedded/connection.ts";
import type { Config } from "../config.ts";
import { sqlState } from "../store/batch.ts";
import { CommandProblem } from "./terminal.ts";

/** A database to look into. */
export interface Books {
  readonly url: string;
  /** Whether a server may be at work on it: one's own embedded database, started just to look, has none. */
  readonly live: boolean;
  close(): Promise<void>;
}

/**
 * The database of DATABASE_URL; else the embedded one, as it runs beside a server, or started for as long as it is looked
 * at. Nothing is migrated, nothing sealed is opened, and no database is made where there is none.
 */
export async function openBooks(config: Config, log: (line: string) => void): Promise<Books> {
  const running = config.databaseUrl ?? connectionOf(config.dataDir);
  if (running !== undefined) return { url: running, live: true, close: async () => {} };
  if (readConnection(config.dataDir) === undefined) {
    throw new CommandProblem(
      `There is no database in ${config.dataDir}. Name the data folder of a server with --data, or set DATABASE_URL.`,
    );
  }
  const cluster = await openCluster(config.dataDir, log);
  return { url: cluster.url, live: false, close: () => cluster.stop() };
}

/** A database without the tables or roles of this release. */
export function explainBooks(error: unknown): never {
  if (!["42P01", "42703", "42883", "22023"].includes(sqlState(error) ?? "")) throw error;
  throw new CommandProblem("This database has no books of this release: start a server of this release on it once.", {
    cause: error,
  });
}
