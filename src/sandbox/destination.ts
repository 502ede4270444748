import { createHmac, createSecretKey, randomBytes, type KeyObject } from "node:crypto";
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import { join } from "node:path";

/** Where money goes, without the number itself: enough to judge whether two transfers go to the same place. */
export type Destination = {
  readonly kind: "card" | "account";
  /** Keyed, so that nobody who reads the books can find a number by trying them all. */
  readonly fingerprint: string;
  /** For people who read the books: first six and last four digits of a card, last four characters of an account. */
  readonly shown: string;
};

export type Card = { readonly number: string };
export type Account = {
  readonly holder: string;
  readonly iban: string;
  readonly sortCode: string;
  readonly accountNumber: string;
};

/** The destination of a card: its number alone, as a new expiry date leaves it the same card. */
export function toCard(key: KeyObject, { number }: Card): Destination {
  const shown = `${number.slice(0, 6)}*${number.slice(-4)}`;
  return { kind: "card", fingerprint: fingerprint(key, ["card", number]), shown };
}

export function toAccount(key: KeyObject, { holder, iban, sortCode, accountNumber }: Account): Destination {
  const bare = [iban, sortCode, accountNumber].map((text) => text.replace(/[ -]/g, "").toUpperCase());
  return {
    kind: "account",
    fingerprint: fingerprint(key, ["account", holder, ...bare]),
    shown: `*${(bare[0] || bare[2] || "").slice(-4)}`,
  };
}

/** The key of these books: made once, beside them, for the eyes of this program only. */
export function fingerprintKey(folder: string): KeyObject {
  const path = join(folder, "fingerprint.key");
  try {
    return createSecretKey(readFileSync(path));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
  const file = openSync(`${path}.new`, "w", 0o600);
  writeSync(file, randomBytes(32));
  fsyncSync(file);
  closeSync(file);
  renameSync(`${path}.new`, path); // whole or not at all
  return createSecretKey(readFileSync(path));
}

function fingerprint(key: KeyObject, parts: string[]): string {
  return createHmac("sha256", key).update(JSON.stringify(parts)).digest("base64url").slice(0, 22);
}
