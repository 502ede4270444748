import { createCipheriv, createDecipheriv, type KeyObject } from "node:crypto";
import { Unopenable } from "../core/parties.ts";
import type { Random } from "./keys.ts";

/**
 * `<version>.<key id>.<base64url of nonce, ciphertext, tag>`: AES-256-GCM with a random nonce of 96 bits.
 *
 * - `v2` is sealed under a data key of its merchant, and is what is written.
 * - `v1` was sealed under a master key by earlier releases, and is still read.
 * - `w1` is a data key, wrapped under a master key.
 *
 * One key seals at most 2^32 texts (NIST SP 800-38D, 8.3: random nonces).
 */
export type Version = "v1" | "v2" | "w1";
export type Sealed<V extends Version = Version> = `${V}.${string}.${string}`;

/** A key with the name that stands in every text it seals. */
export interface NamedKey {
  readonly id: string;
  readonly key: KeyObject;
}

/** The message names the fault and the key id, never anything that was sealed. */
export class SealFault extends Unopenable {
  readonly kind: "format" | "unknown_key" | "not_authentic";
  constructor(kind: SealFault["kind"], message: string) {
    super(message);
    this.name = "SealFault";
    this.kind = kind;
  }
}

/** Says whose secret it is and what for. It is not stored with the text: a row copied into another's place stays shut. */
export const sealContext = (merchantId: bigint | string, rowId: bigint | string, purpose: string): string =>
  JSON.stringify([String(merchantId), String(rowId), purpose]);

const nonceBytes = 12;
const tagBytes = 16;

/** Seals for this context only. `random` must never repeat: a nonce used twice under one key gives both texts away. */
export function seal<V extends Version>(
  version: V,
  { id, key }: NamedKey,
  plain: string | Buffer,
  context: string,
  random: Random,
): Sealed<V> {
  const nonce = random(nonceBytes);
  const cipher = createCipheriv("aes-256-gcm", key, nonce, { authTagLength: tagBytes });
  cipher.setAAD(associatedData(version, id, context));
  const text = typeof plain === "string" ? Buffer.from(plain, "utf8") : plain;
  const bytes = Buffer.concat([nonce, cipher.update(text), cipher.final(), cipher.getAuthTag()]);
  return `${version}.${id}.${bytes.toString("base64url")}`;
}

/** What was sealed for this context under the key that the text names. Throws a {@link SealFault} for anything else. */
export function open({ version, keyId, bytes }: Envelope, key: KeyObject, context: string): Buffer {
  const decipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(0, nonceBytes), { authTagLength: tagBytes });
  decipher.setAAD(associatedData(version, keyId, context));
  decipher.setAuthTag(bytes.subarray(-tagBytes));
  const plain = decipher.update(bytes.subarray(nonceBytes, -tagBytes)); // not to be trusted before final()
  try {
    return Buffer.concat([plain, decipher.final()]);
  } catch {
    throw new SealFault("not_authentic", `sealed under key ${keyId}, but altered, or for another row or purpose`);
  }
}

/** A sealed text taken apart, still shut. */
export interface Envelope {
  readonly version: Version;
  readonly keyId: string;
  readonly bytes: Buffer;
}

/** Takes a sealed text apart. Throws a {@link SealFault} when it is none of these versions. */
export function readEnvelope(sealed: string, ...versions: readonly Version[]): Envelope {
  const [, version, keyId = "", text = ""] = /^([vw][12])\.([A-Za-z0-9_-]{1,32})\.([A-Za-z0-9_-]+)$/.exec(sealed) ?? [];
  const known = versions.find((one) => one === version);
  const bytes = Buffer.from(text, "base64url");
  // One spelling only: base64 has spare bits at its end that decoding drops.
  const isWhole = bytes.length >= nonceBytes + tagBytes && bytes.toString("base64url") === text;
  if (known === undefined || !isWhole)
    throw new SealFault("format", `not a sealed text of version ${versions.join(" or ")}`);
  return { version: known, keyId, bytes };
}

/** The data key that a text names; null: one of version 1, which names a master key. */
export const dataKeyOf = (sealed: string): string | null =>
  sealed.startsWith("v2.") ? sealed.slice(3, sealed.indexOf(".", 3)) : null;

const associatedData = (version: Version, keyId: string, context: string): Buffer =>
  Buffer.from(`${version}.${keyId}.${context}`, "utf8");
