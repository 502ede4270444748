import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";
import type { Config } from "./config.ts";
import { openCluster } from "./embedded/cluster.ts";
import { connectionOf } from "./embedded/connection.ts";
import { saveSecret } from "./secret-file.ts";
import { migrate } from "./store/migrate.ts";
import { newMasterKey, parseKeyRing, type KeyRing } from "./vault/keys.ts";

/** A database that is ready, and the keys to what is sealed in it. */
export interface Store {
  readonly url: string;
  readonly ring: KeyRing;
  /** Settings that make "acknowledged" mean less than "on disk", shown in /health; empty as it should be. */
  readonly unsafe: readonly string[];
  /** Resolves when the embedded database has ended by itself; never for another one. */
  readonly ended: Promise<void>;
  close(): Promise<void>;
}

/** Something that the operator has to change before this can run, in words for the terminal. */
export class SetupProblem extends Error {
  override readonly name = "SetupProblem";
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
    const ring = parseKeyRing(config.masterKey ?? masterKeyOf(config.dataDir), config.fingerprintKey);
    const unsafe = await unsafeSettings(url);
    if (unsafe.length > 0 && !config.unsafeDurability) {
      throw new SetupProblem(
        `PostgreSQL runs with ${unsafe.join(" and ")}: what Disburse acknowledges could be lost in a power cut, and be paid twice. ` +
          "Turn it on, or set DISBURSE_UNSAFE_DURABILITY=yes for a database without real money.",
      );
    }
    if (running === undefined) await migrate(url, log);
    return { url, ring, unsafe, ended: cluster?.ended ?? new Promise(() => {}), close: async () => cluster?.stop() };
  } catch (error) {
    await cluster?.stop();
    throw error;
  }
}

/** The master key that lives beside the embedded database; made at the first start. */
function masterKeyOf(dataDir: string): string {
  const file = join(dataDir, "master.key");
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  saveSecret(file, `${newMasterKey(randomBytes)}\n`, { overwrite: false });
  return readFileSync(file, "utf8").trim();
}

/** Settings under which a commit is not on disk when it is answered. */
async function unsafeSettings(url: string): Promise<string[]> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  client.on("error", () => {});
  try {
    await client.connect();
    await recovered(client);
    const { rows } = await client.query<{ name: string; setting: string }>(
      "select name, setting from pg_settings where name in ('fsync', 'synchronous_commit', 'full_page_writes') and setting = 'off' order by name",
    );
    return rows.map(({ name, setting }) => `${name}=${setting}`);
  } catch (error) {
    if (error instanceof SetupProblem) throw error;
    const where = new URL(url);
    throw new SetupProblem(
      `The database at ${where.hostname}:${where.port || "5432"} cannot be used: ${(error as Error).message}`,
      { cause: error },
    );
  } finally {
    await client.end().catch(() => {});
  }
}

/** One that is restored takes no writes until it has read the log to its end; a standby never does. */
async function recovered(client: pg.Client): Promise<void> {
  const deadline = performance.now() + 60_000;
  for (;;) {
    const { rows } = await client.query<{ going: boolean }>("select pg_is_in_recovery() as going");
    if (rows[0]?.going !== true) return;
    if (performance.now() > deadline) {
      throw new SetupProblem(
        "The database takes no writes: it is a standby, or is still being restored. Wait, or promote it.",
      );
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
