import { readFileSync, realpathSync } from "node:fs";
import { join } from "node:path";
import type { Account } from "./account.ts";
import { writePrivately } from "./durable.ts";
import { aboutFolder, codeOf } from "./problem.ts";
import { isPostmasterOf, readPidFile } from "./pidfile.ts";

/** What `<dataDir>/postgres.json` holds. The password opens the database: the file is 0600. */
export type Connection = {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  readonly location: string;
  /** When the cluster stood complete. Before that it may be made anew; afterwards it holds somebody's money. */
  readonly createdAt?: string;
};

/** The connection string of the database that is running for this data folder, for a program beside the server. Starts
 *  nothing and takes no lock. Undefined: none is running. */
export function connectionOf(dataDir: string): string | undefined {
  try {
    const connection = readConnection(dataDir);
    if (connection?.createdAt === undefined) return undefined;
    const running = readPidFile(connection.location);
    if (!running?.isReady || !isPostmasterOf(running.pid, connection.location)) return undefined;
    return urlOf({ ...connection, port: running.port });
  } catch (error) {
    throw aboutFolder(error, dataDir);
  }
}

export function urlOf({ user, password, host, port, database }: Connection): string {
  return `postgres://${user}:${encodeURIComponent(password)}@${host}:${port}/${database}`;
}

export function readConnection(dataDir: string): Connection | undefined {
  try {
    return JSON.parse(readFileSync(join(dataDir, "postgres.json"), "utf8")) as Connection;
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

export function writeConnection(dataDir: string, connection: Connection, owner: Account): void {
  const path = join(realpathSync(dataDir), "postgres.json");
  writePrivately(path, `${JSON.stringify(connection, null, 2)}\n`, owner);
}
