import { createHmac, createSecretKey, hkdfSync, type KeyObject } from "node:crypto";

/** Chance as an argument: `crypto.randomBytes` in production, a seeded source in the simulator. */
export type Random = (bytes: number) => Buffer;

/** KeyObjects, because they cannot be logged, compared or turned into JSON by accident. */
export type KeyRing = {
  /** The key that seals; every other one only opens. */
  readonly currentId: string;
  readonly sealingKeys: ReadonlyMap<string, KeyObject>;
  readonly fingerprintKey: KeyObject;
};

/**
 * Reads `DISBURSE_MASTER_KEY`: `<key id>:<key>`, where the key is 32 bytes in hex or base64. Several are separated by
 * commas, newest first: the first seals, all open.
 *
 * To rotate: put a new key in front, seal every row again that {@link isCurrent} denies, then drop the old key.
 *
 * Fingerprints must outlive that, or the same card would look new: their key comes from the last key of the list, which
 * a rotation leaves in place, or from `DISBURSE_FINGERPRINT_KEY` (32 bytes in hex or base64). So before the last key is
 * dropped, {@link fingerprintKeyText} says what to write there. A server that stores {@link fingerprintKeyId} at its
 * first start notices when somebody forgot.
 *
 * Throws an Error that names the fault, never the key.
 */
export function parseKeyRing(masterKey: string, fingerprintKey?: string): KeyRing {
  const sealingKeys = new Map<string, KeyObject>();
  const masters = masterKey.split(",").map((entry) => {
    const [, id, text] = /^([A-Za-z0-9_-]{1,32}):(.*)$/.exec(entry.trim()) ?? [];
    if (id === undefined || text === undefined) throw new Error("DISBURSE_MASTER_KEY is not <key id>:<key>[,…]");
    if (sealingKeys.has(id)) throw new Error(`DISBURSE_MASTER_KEY has two keys named ${id}`);
    const master = readKey(text, `DISBURSE_MASTER_KEY, key ${id},`);
    sealingKeys.set(id, derive(master, "disburse vault: seal"));
    return { id, master };
  });
  const explicit = fingerprintKey === undefined ? undefined : readKey(fingerprintKey, "DISBURSE_FINGERPRINT_KEY");
  return {
    currentId: masters[0]!.id,
    sealingKeys,
    fingerprintKey: explicit ?? derive(masters.at(-1)!.master, "disburse vault: fingerprint"),
  };
}

/** A line for `DISBURSE_MASTER_KEY`. The id is random too: nothing sealed under one key ever names another. */
export const newMasterKey = (random: Random): string => `k${random(4).toString("hex")}:${random(32).toString("hex")}`;

/** A secret: what `DISBURSE_FINGERPRINT_KEY` must be for fingerprints to stay as they are without the last master key. */
export const fingerprintKeyText = (ring: KeyRing): string => ring.fingerprintKey.export().toString("hex");

/** Not a secret: tells two fingerprint keys apart. */
export const fingerprintKeyId = (ring: KeyRing): string =>
  createHmac("sha256", ring.fingerprintKey).update("key id").digest("hex").slice(0, 16);

/** No key is used for two purposes: what leaks about one says nothing about the other. */
function derive(master: KeyObject, purpose: string): KeyObject {
  return createSecretKey(Buffer.from(hkdfSync("sha256", master, "", purpose, 32)));
}

function readKey(text: string, where: string): KeyObject {
  const bytes = Buffer.from(text, /^[0-9a-fA-F]{64}$/.test(text) ? "hex" : "base64");
  const isWhole = /^[0-9a-fA-F]{64}$|^[A-Za-z0-9+/]{43}=?$/.test(text) && bytes.length === 32;
  if (!isWhole) throw new Error(`${where} is not 32 bytes in hex or base64`);
  if (bytes.every((byte) => byte === bytes[0])) throw new Error(`${where} is an example, not a random key`);
  return createSecretKey(bytes);
}
