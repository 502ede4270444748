import { createHash, createHmac, createSecretKey, type KeyObject } from "node:crypto";
import type { Tools } from "./flow/intent.ts";

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** The first `characters` of a digest in base 32: letters and digits that every bank takes. */
function base32(digest: Buffer, characters: number): string {
  let text = "";
  for (let index = 0, bits = 0, value = 0; text.length < characters; index += 1) {
    value = (value << 8) | digest[index]!;
    for (bits += 8; bits >= 5 && text.length < characters; bits -= 5) text += alphabet[(value >> (bits - 5)) & 31];
    value &= (1 << bits) - 1;
  }
  return text;
}

/** Keys are KeyObjects: those cannot be logged, and to Node 24 bytes cost five times as much. */
const keyed = (key: KeyObject, parts: readonly string[]): Buffer =>
  createHmac("sha256", key).update(parts.join("\u001f")).digest();

/**
 * References by which banks know our attempts: 6 characters of the merchant and 14 (70 bits) of the attempt, from a key of this
 * installation. They are the same again after a restore, so that a bank recognises what it has already paid.
 */
export function referenceTools(installation: string, key: KeyObject): Tools {
  return {
    reference: (prefix, name, attempt) =>
      prefix + base32(keyed(key, [installation, prefix, name, String(attempt)]), 14),
    digest: (text) => createHash("sha256").update(text).digest("base64url"),
  };
}

/** The key that scatters a merchant's order numbers. */
export const orderKey = (key: KeyObject, merchantId: string): KeyObject =>
  createSecretKey(keyed(key, ["orders", merchantId]));

/** Signs what browsers are handed in return for a public key. */
export const browserSecret = (key: KeyObject): Buffer => keyed(key, ["browsers"]);

/** The characters that a merchant's references begin with; `salt` tells apart what collided. */
export const referencePrefix = (key: KeyObject, handle: string, salt: number): string =>
  base32(keyed(key, ["merchant", handle, String(salt)]), 6);
