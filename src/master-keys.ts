import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type pg from "pg";
import type { Config } from "./config.ts";
import { saveSecret } from "./secret-file.ts";
import { SetupProblem } from "./setup-problem.ts";
import { dataKeyStore } from "./store/data-keys.ts";
import { masterKeysInUse } from "./store/vault-keys.ts";
import { unwrapDataKey } from "./vault/data-keys.ts";
import { keeperBeside, ringKeeper, type KeyKeeper } from "./vault/keeper.ts";
import { newMasterKey, parseKeyRing, type KeyRing } from "./vault/keys.ts";
import { commandKeeper } from "./vault/kms-command.ts";
import { SealFault } from "./vault/seal.ts";
import { Vault } from "./vault/vault.ts";

/** The master keys of this server: those at hand, and whoever wraps and unwraps data keys. */
export interface MasterKeys {
  readonly ring: KeyRing;
  readonly keeper: KeyKeeper;
}

/** A key management command is given so long; whoever waits for a payout waits with it. */
const commandWithinMs = 10_000;

/**
 * The master keys that the settings name; with none of them, the one in the data folder, made at the first start.
 * Throws a {@link SetupProblem} for keys that cannot be read.
 */
export function openMasterKeys(config: Config): MasterKeys {
  const { kmsCommand: program, kmsKey } = config;
  const own = program === undefined && config.masterKey === undefined && config.masterKeyFile === undefined;
  const sources = [
    { name: "DISBURSE_MASTER_KEY", text: config.masterKey },
    { name: "DISBURSE_MASTER_KEY_FILE", text: fromFile(config.masterKeyFile) },
    { name: "master.key", text: own ? ownKey(config.dataDir) : undefined },
    { name: "DISBURSE_MASTER_KEYS_OLD", text: config.masterKeysOld },
  ];
  const ring = readable(() =>
    parseKeyRing(...sources.flatMap(({ name, text }) => (text === undefined ? [] : [{ name, text }]))),
  );
  if (program === undefined) return { ring, keeper: ringKeeper(ring, randomBytes) };
  const command = commandKeeper({ program, keyId: kmsKey ?? "none", withinMs: commandWithinMs });
  return { ring, keeper: keeperBeside(command, ring, randomBytes, kmsKey === undefined ? "ring" : "outside") };
}

/** The vault of a database. */
export const openVault = (pool: pg.Pool, { ring, keeper }: MasterKeys): Vault =>
  new Vault({ ring, keeper, store: dataKeyStore(pool), random: randomBytes, monotonic: () => performance.now() });

/** Throws a {@link SetupProblem} that names the master key which this database needs and nobody has, or which is not the one it was. */
export async function expectMasterKeys(pool: pg.Pool, { ring, keeper }: MasterKeys): Promise<void> {
  const { wrapping, old } = await masterKeysInUse(pool);
  for (const id of old.filter((one) => !ring.opening.has(one))) throw missing(id, "card numbers were sealed under it");
  for (const { merchantId, key } of wrapping) {
    const unwrapped = unwrapDataKey(keeper, merchantId, key);
    await unwrapped.catch((error: unknown) => {
      if (!(error instanceof SealFault)) throw new SetupProblem(`Data keys cannot be opened: ${messageOf(error)}`);
      if (error.kind === "unknown_key") throw missing(key.masterKeyId, "data keys are wrapped under it");
      throw new SetupProblem(
        `The master key named ${key.masterKeyId} is not the one that this database knows by that name: bring that one back.`,
      );
    });
  }
}

const missing = (id: string, why: string): SetupProblem =>
  new SetupProblem(
    `The master key ${id} is missing: in this database ${why}. Bring it back into DISBURSE_MASTER_KEYS_OLD ` +
      "(or to where it was), and drop it only when `disburse vault verify` says that nothing needs it.",
  );

/** The master key that lives beside the embedded database. */
function ownKey(dataDir: string): string {
  const file = join(dataDir, "master.key");
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  saveSecret(file, `${newMasterKey(randomBytes)}\n`, { overwrite: false });
  return readFileSync(file, "utf8");
}

function fromFile(file: string | undefined): string | undefined {
  if (file === undefined) return undefined;
  try {
    const { mode } = statSync(file);
    if ((mode & 0o077) === 0) return readFileSync(file, "utf8");
  } catch (error) {
    throw new SetupProblem(`DISBURSE_MASTER_KEY_FILE cannot be read: ${messageOf(error)}`);
  }
  throw new SetupProblem(`${file} (DISBURSE_MASTER_KEY_FILE) can be read by others: chmod 600 it.`);
}

/** Reads keys; those that cannot be read are a {@link SetupProblem}. */
export function readable<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new SetupProblem(messageOf(error), { cause: error });
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
