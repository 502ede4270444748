import { createSecretKey, randomBytes, type KeyObject } from "node:crypto";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type pg from "pg";
import type { Config } from "./config.ts";
import { expectMasterKeys, readable, type MasterKeys } from "./master-keys.ts";
import { saveSecret } from "./secret-file.ts";
import { SetupProblem } from "./setup-problem.ts";
import {
  keepFingerprintKey,
  openInstallation,
  readInstallation,
  setAdminToken,
  type Installation,
} from "./store/installation.ts";
import { hashKey } from "./vault/api-key.ts";
import { fingerprintKeyId } from "./vault/fingerprint.ts";
import { readKey } from "./vault/keys.ts";
import { SealFault } from "./vault/seal.ts";
import type { Vault } from "./vault/vault.ts";

/** Who this installation is, with its keys opened. */
export interface Identity {
  readonly id: string;
  /** Wire references are made with it. */
  readonly referenceKey: KeyObject;
  /** Card fingerprints are made with it. */
  readonly fingerprintKey: KeyObject;
  readonly adminTokenHash: Buffer;
  /** The admin token, when this server knows it: the database keeps its hash only. */
  readonly adminToken: string | undefined;
}

/** Where the installation's own secrets are sealed. */
const place = (purpose: string) => ({ merchantId: "0", rowId: "0", purpose });
const [referencePlace, fingerprintPlace] = [place("reference key"), place("fingerprint key")];

/**
 * Opens the installation of this database, and makes it at its first start. The environment's admin token is the one that counts.
 * Throws a {@link SetupProblem} when a master key is missing, or card fingerprints would not be what they were.
 */
export async function identify(pool: pg.Pool, vault: Vault, keys: MasterKeys, config: Config): Promise<Identity> {
  await expectMasterKeys(pool, keys);
  const adminToken = config.adminToken ?? adminTokenOf(config.dataDir);
  const installation = (await readInstallation(pool)) ?? (await begin(pool, vault, keys, config, hashKey(adminToken)));
  const known = hashKey(adminToken).equals(installation.adminTokenHash);
  if (!known && config.adminToken !== undefined) await setAdminToken(pool, hashKey(adminToken));
  const referenceKey = await vault.open(referencePlace, installation.referenceKey).catch((error: unknown) => {
    if (error instanceof SealFault)
      throw new SetupProblem(`${notTheKeys} (The installation's own key is ${error.message}.)`);
    throw error;
  });
  return {
    id: installation.id,
    referenceKey: createSecretKey(referenceKey, "hex"),
    fingerprintKey: await findFingerprintKey(pool, vault, keys, config, installation),
    adminTokenHash: known || config.adminToken === undefined ? installation.adminTokenHash : hashKey(adminToken),
    adminToken: known || config.adminToken !== undefined ? adminToken : undefined,
  };
}

const notTheKeys = "The master keys are not the ones that this database was sealed with: bring those back.";

async function begin(
  pool: pg.Pool,
  vault: Vault,
  { ring }: MasterKeys,
  config: Config,
  adminTokenHash: Buffer,
): Promise<Installation> {
  const fingerprintKey = configured(config) ?? ring.fingerprinting[0] ?? createSecretKey(randomBytes(32));
  const { installation } = await openInstallation(pool, {
    id: randomBytes(8).toString("hex"),
    referenceKey: await vault.seal(referencePlace, randomBytes(32).toString("hex")),
    adminTokenHash,
    fingerprintKey: await vault.seal(fingerprintPlace, textOf(fingerprintKey)),
    fingerprintKeyId: fingerprintKeyId(fingerprintKey),
  });
  return installation;
}

/** The key that fingerprints of this database are made with: kept in it, sealed; a database of an earlier release is given it now. */
async function findFingerprintKey(
  pool: pg.Pool,
  vault: Vault,
  { ring }: MasterKeys,
  config: Config,
  { fingerprintKey: sealed, fingerprintKeyId: id }: Installation,
): Promise<KeyObject> {
  const given = configured(config);
  const kept = sealed === null ? [] : [createSecretKey(await vault.open(fingerprintPlace, sealed), "hex")];
  const key = [...(given === undefined ? [] : [given]), ...kept, ...ring.fingerprinting].find(
    (one) => fingerprintKeyId(one) === id,
  );
  if (key === undefined || (given !== undefined && fingerprintKeyId(given) !== id)) {
    throw new SetupProblem(
      "The key that card fingerprints are made with is not the one this database was begun with. It came from the last key of " +
        "DISBURSE_MASTER_KEY at that time, or from DISBURSE_FINGERPRINT_KEY: bring that one back.",
    );
  }
  if (sealed === null) await keepFingerprintKey(pool, await vault.seal(fingerprintPlace, textOf(key)));
  return key;
}

/** The key that this database keeps for fingerprints; undefined: it has none, or it cannot be opened. */
export async function fingerprintKeyOf(pool: pg.Pool, vault: Vault): Promise<KeyObject | undefined> {
  const sealed = (await readInstallation(pool))?.fingerprintKey ?? null;
  if (sealed === null) return undefined;
  try {
    return createSecretKey(await vault.open(fingerprintPlace, sealed), "hex");
  } catch (error) {
    if (error instanceof SealFault) return undefined;
    throw error;
  }
}

const configured = ({ fingerprintKey }: Config): KeyObject | undefined =>
  fingerprintKey === undefined ? undefined : readable(() => readKey(fingerprintKey, "DISBURSE_FINGERPRINT_KEY"));

const textOf = (key: KeyObject): string => key.export().toString("hex");

/** The admin token in the data folder; written there before the database hears of it, so that a kill in between loses nothing. */
function adminTokenOf(dataDir: string): string {
  const file = join(dataDir, "admin.token");
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  saveSecret(file, `${randomBytes(24).toString("base64url")}\n`, { overwrite: false });
  return readFileSync(file, "utf8").trim();
}
