import type pg from "pg";
import { readAs, run, writeAs } from "./db.ts";
import type { Row } from "./read.ts";

/** Who this installation is: written once, at its first start. */
export interface Installation {
  readonly id: string;
  /** Sealed: the key that wire references are made with. Another one would make paid attempts unknown to the bank. */
  readonly referenceKey: string;
  readonly adminTokenHash: Buffer;
  /** Sealed: the key that card fingerprints are made with. Null until a server of a release that keeps it here has started. */
  readonly fingerprintKey: string | null;
  /** Which key card fingerprints are made with (not the key itself). */
  readonly fingerprintKeyId: string;
}

/**
 * The installation of this database: what is there, else `fresh`, written now. `isNew` for exactly one of several servers that
 * start at once; the others get what that one wrote.
 */
export function openInstallation(
  pool: pg.Pool,
  fresh: Installation,
): Promise<{ installation: Installation; isNew: boolean }> {
  return writeAs(pool, [], async (client) => {
    const text = `insert into installation (id, reference_key, admin_token_hash, fingerprint_key, fingerprint_key_id, created_at)
                  values ($1, $2, $3, $4, $5, clock_timestamp()) on conflict do nothing`;
    const values = [fresh.id, fresh.referenceKey, fresh.adminTokenHash, fresh.fingerprintKey, fresh.fingerprintKeyId];
    const { rowCount } = await run(client, text, values);
    const { rows } = await run<Row>(client, "select * from installation");
    return { installation: toInstallation(rows[0]!), isNew: rowCount === 1 };
  });
}

/** The installation of this database; undefined before its first start. */
export function readInstallation(pool: pg.Pool): Promise<Installation | undefined> {
  return readAs(pool, [], async (client) => {
    const { rows } = await run<Row>(client, "select * from installation");
    return rows.map(toInstallation)[0];
  });
}

/** Another admin token from now on. */
export function setAdminToken(pool: pg.Pool, adminTokenHash: Buffer): Promise<void> {
  return writeAs(pool, [], async (client) => {
    await run(client, "update installation set admin_token_hash = $1", [adminTokenHash]);
  });
}

/** Keeps the (sealed) key of fingerprints, unless there is one already. */
export function keepFingerprintKey(pool: pg.Pool, fingerprintKey: string): Promise<void> {
  return writeAs(pool, [], async (client) => {
    await run(client, "update installation set fingerprint_key = $1 where fingerprint_key is null", [fingerprintKey]);
  });
}

const toInstallation = (r: Row): Installation => ({
  id: r["id"],
  referenceKey: r["reference_key"],
  adminTokenHash: r["admin_token_hash"],
  fingerprintKey: r["fingerprint_key"],
  fingerprintKeyId: r["fingerprint_key_id"],
});
