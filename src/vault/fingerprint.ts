import { createHmac, type KeyObject } from "node:crypto";

/**
 * Tells that two cards are the same one without saying which: `cst_` and 32 hex digits.
 *
 * Keyed and over the whole number, because ten billion possible numbers behind a known prefix are hashed in minutes
 * (PCI DSS 4.0, 3.5.1.1); 128 bits, so that no two cards ever share one. `cardNumber` is digits only.
 */
export const fingerprint = (key: KeyObject, cardNumber: string): string =>
  `cst_${createHmac("sha256", key).update(cardNumber).digest("hex").slice(0, 32)}`;

/** Not a secret: tells two fingerprint keys apart. */
export const fingerprintKeyId = (key: KeyObject): string =>
  createHmac("sha256", key).update("key id").digest("hex").slice(0, 16);
