import { createSecretKey, hkdfSync, type KeyObject } from "node:crypto";

/** Chance as an argument: `crypto.randomBytes` in production, a seeded source in the simulator. */
export type Random = (bytes: number) => Buffer;

/** Master keys by their ids. KeyObjects, because they cannot be logged, compared or turned into JSON by accident. */
export interface KeyRing {
  /** The newest one, which wraps; every other one only unwraps. Undefined: the ring is empty. */
  readonly currentId: string | undefined;
  readonly wrapping: ReadonlyMap<string, KeyObject>;
  /** What opens texts of version 1, which were sealed under a master key itself. */
  readonly opening: ReadonlyMap<string, KeyObject>;
  /** Keys of fingerprints as earlier releases took them from a master key, oldest first. */
  readonly fingerprinting: readonly KeyObject[];
}

/**
 * Reads master keys: `<key id>:<key>`, where the key is 32 bytes in hex or base64. Several are separated by commas or stand on
 * lines of their own, newest first; so do several sources. `name`: the setting, for errors.
 *
 * Throws an Error that names the fault, never the key.
 */
export function parseKeyRing(...sources: readonly (string | { name: string; text: string })[]): KeyRing {
  const masters = new Map<string, KeyObject>();
  for (const source of sources) {
    const { name, text } = typeof source === "string" ? { name: "DISBURSE_MASTER_KEY", text: source } : source;
    for (const entry of text.trim().split(/[,\n]/)) {
      const [, id, key] = /^([A-Za-z0-9_-]{1,32}):(.*)$/.exec(entry.trim()) ?? [];
      if (id === undefined || key === undefined) throw new Error(`${name} is not <key id>:<key>[,…]`);
      if (masters.has(id)) throw new Error(`${name} has a second key named ${id}`);
      masters.set(id, readKey(key, `${name}, key ${id},`));
    }
  }
  const derived = (purpose: string) => new Map([...masters].map(([id, master]) => [id, derive(master, purpose)]));
  return {
    currentId: masters.keys().next().value,
    wrapping: derived("disburse vault: wrap"),
    opening: derived("disburse vault: seal"),
    fingerprinting: [...derived("disburse vault: fingerprint").values()].reverse(),
  };
}

/** A line for `DISBURSE_MASTER_KEY`. The id is random too: nothing sealed under one key ever names another. */
export const newMasterKey = (random: Random): string => `k${random(4).toString("hex")}:${random(32).toString("hex")}`;

/** 32 bytes in hex or base64. Throws an Error that says `where` the fault is, never what stands there. */
export function readKey(text: string, where: string): KeyObject {
  const bytes = Buffer.from(text, /^[0-9a-fA-F]{64}$/.test(text) ? "hex" : "base64");
  const isWhole = /^[0-9a-fA-F]{64}$|^[A-Za-z0-9+/]{43}=?$/.test(text) && bytes.length === 32;
  if (!isWhole) throw new Error(`${where} is not 32 bytes in hex or base64`);
  if (bytes.every((byte) => byte === bytes[0])) throw new Error(`${where} is an example, not a random key`);
  return createSecretKey(bytes);
}

/** No key is used for two purposes: what leaks about one says nothing about the other. */
function derive(master: KeyObject, purpose: string): KeyObject {
  return createSecretKey(Buffer.from(hkdfSync("sha256", master, "", purpose, 32)));
}
