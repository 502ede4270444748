import { createCipheriv, createDecipheriv } from "node:crypto";
import type { KeyRing, Random } from "./keys.ts";

/**
 * `v1.<key id>.<base64url of nonce, ciphertext, tag>`: AES-256-GCM with a random nonce of 96 bits.
 *
 * The key id is a name and nothing more, so it may come to mean a merchant's own data key without a new version. Until
 * then one key seals at most 2^32 texts (NIST SP 800-38D, 8.3: random nonces); rotate it before.
 */
export type Sealed = `v1.${string}.${string}`;

/** The message names the fault and the key id, never anything that was sealed. */
export class SealFault extends Error {
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

/** Seals under the ring's current key, for this context only. `random` must never repeat: a nonce used twice under one
 *  key gives both texts away. */
export function seal(ring: KeyRing, plaintext: string, context: string, random: Random): Sealed {
  const keyId = ring.currentId;
  const nonce = random(nonceBytes);
  const cipher = createCipheriv("aes-256-gcm", ring.sealingKeys.get(keyId)!, nonce, { authTagLength: tagBytes });
  cipher.setAAD(associatedData(keyId, context));
  const bytes = Buffer.concat([nonce, cipher.update(plaintext, "utf8"), cipher.final(), cipher.getAuthTag()]);
  return `v1.${keyId}.${bytes.toString("base64url")}`;
}

/** The text that was sealed for this context. Throws a {@link SealFault} for anything else, altered by even one bit. */
export function open(ring: KeyRing, sealed: string, context: string): string {
  const { keyId, bytes } = readEnvelope(sealed);
  const key = ring.sealingKeys.get(keyId);
  if (key === undefined)
    throw new SealFault("unknown_key", `sealed under key ${keyId}, which the key ring does not have`);
  const decipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(0, nonceBytes), { authTagLength: tagBytes });
  decipher.setAAD(associatedData(keyId, context));
  decipher.setAuthTag(bytes.subarray(-tagBytes));
  const plaintext = decipher.update(bytes.subarray(nonceBytes, -tagBytes)); // not to be trusted before final()
  try {
    return Buffer.concat([plaintext, decipher.final()]).toString("utf8");
  } catch {
    throw new SealFault("not_authentic", `sealed under key ${keyId}, but altered, or for another row or purpose`);
  }
}

/** False for what a rotation has still to seal again. */
export const isCurrent = (ring: KeyRing, sealed: string): boolean => readEnvelope(sealed).keyId === ring.currentId;

function readEnvelope(sealed: string): { keyId: string; bytes: Buffer } {
  const [, keyId = "", text = ""] = /^v1\.([A-Za-z0-9_-]{1,32})\.([A-Za-z0-9_-]+)$/.exec(sealed) ?? [];
  const bytes = Buffer.from(text, "base64url");
  // One spelling only: base64 has spare bits at its end that decoding drops.
  const isWhole = bytes.length >= nonceBytes + tagBytes && bytes.toString("base64url") === text;
  if (!isWhole) throw new SealFault("format", "not a sealed text of version v1");
  return { keyId, bytes };
}

const associatedData = (keyId: string, context: string): Buffer => Buffer.from(`v1.${keyId}.${context}`, "utf8");
