import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type pg from "pg";
import type { Config } from "./config.ts";
import { saveSecret } from "./secret-file.ts";
import { SetupProblem } from "./setup-problem.ts";
import { openInstallation, setAdminToken } from "./store/installation.ts";
import { hashKey } from "./vault/api-key.ts";
import { fingerprintKeyId, type KeyRing } from "./vault/keys.ts";
import { open, seal, sealContext } from "./vault/seal.ts";

/** Who this installation is, with its keys opened. */
export interface Identity {
  readonly id: string;
  /** Wire references are made with it. */
  readonly referenceKey: Buffer;
  readonly adminTokenHash: Buffer;
  /** The admin token, when this server knows it: the database keeps its hash only. */
  readonly adminToken: string | undefined;
}

const context = sealContext("0", "0", "reference key");

/** Opens the installation of this database, and makes it at its first start. The environment's admin token is the one that counts. */
export async function identify(pool: pg.Pool, ring: KeyRing, config: Config): Promise<Identity> {
  const adminToken = config.adminToken ?? adminTokenOf(config.dataDir);
  const { installation } = await openInstallation(pool, {
    id: randomBytes(8).toString("hex"),
    referenceKey: seal(ring, randomBytes(32).toString("hex"), context, randomBytes),
    adminTokenHash: hashKey(adminToken),
    fingerprintKeyId: fingerprintKeyId(ring),
  });
  if (installation.fingerprintKeyId !== fingerprintKeyId(ring)) {
    throw new SetupProblem(
      "The key that card fingerprints are made with is not the one this database was begun with. " +
        "It comes from the last key of DISBURSE_MASTER_KEY, or from DISBURSE_FINGERPRINT_KEY: bring that one back.",
    );
  }
  const known = hashKey(adminToken).equals(installation.adminTokenHash);
  if (!known && config.adminToken !== undefined) await setAdminToken(pool, hashKey(adminToken));
  return {
    id: installation.id,
    referenceKey: Buffer.from(open(ring, installation.referenceKey, context), "hex"),
    adminTokenHash: known || config.adminToken === undefined ? installation.adminTokenHash : hashKey(adminToken),
    adminToken: known || config.adminToken !== undefined ? adminToken : undefined,
  };
}

/** The admin token in the data folder; written there before the database hears of it, so that a kill in between loses nothing. */
function adminTokenOf(dataDir: string): string {
  const file = join(dataDir, "admin.token");
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  saveSecret(file, `${randomBytes(24).toString("base64url")}\n`, { overwrite: false });
  return readFileSync(file, "utf8").trim();
}
