import type pg from "pg";
import { hashKey } from "../vault/api-key.ts";
import type { Random } from "../vault/keys.ts";
import type { Place, Vault } from "../vault/vault.ts";
import { run } from "./db.ts";
import type { Row } from "./read.ts";

/** A key as it may be shown at any time: which one it is, and nothing that opens a door. */
export interface KeyInfo {
  readonly id: string;
  readonly merchantId: string;
  /** `frisbii_public`: for browsers, which may hand in cards with it and nothing else. */
  readonly kind: "frisbii" | "frisbii_public" | "worldline";
  readonly label: string | null;
  readonly masked: string;
  readonly createdAt: number;
  readonly revokedAt: number | null;
}

/** New keys, with what is shown this once. */
export type NewFrisbiiKey = KeyInfo & { readonly kind: "frisbii"; readonly privateKey: string };
/** A public key is no secret, so its mask shows all of it. */
export type NewPublicKey = KeyInfo & { readonly kind: "frisbii_public" };
export type NewWorldlineKey = KeyInfo & { readonly kind: "worldline"; readonly keyId: string; readonly secret: string };

/** What a key is made with: chance, so that nobody can guess it, and a vault to seal what has to be read again. */
export interface KeyMaking {
  readonly vault: Vault;
  readonly random: Random;
  /** A new row id. */
  rowId(): string;
}

/** A key that is made and not yet written. It is made before the transaction that writes it: sealing may have to ask for a data key. */
export interface KeyDraft<K> {
  readonly merchantId: string;
  readonly values: readonly unknown[];
  /** With what is shown this once. */
  shown(key: KeyInfo): K;
}

/** `priv_` and 128 random bits, of which only the hash is kept. */
export function draftFrisbiiKey({ random, rowId }: KeyMaking, merchantId: string): KeyDraft<NewFrisbiiKey> {
  const privateKey = `priv_${random(16).toString("hex")}`;
  const masked = `priv_…${privateKey.slice(-4)}`;
  const values = [rowId(), "frisbii_private", hashKey(privateKey), null, null, masked];
  return { merchantId, values, shown: (key) => ({ ...key, kind: "frisbii", privateKey }) };
}

/** `pub_` and 128 random bits: it stands in web pages, so it is kept as it is. */
export function draftPublicKey({ random, rowId }: KeyMaking, merchantId: string): KeyDraft<NewPublicKey> {
  const key = `pub_${random(16).toString("hex")}`;
  const values = [rowId(), "frisbii_public", null, key, null, key];
  return { merchantId, values, shown: (info) => ({ ...info, kind: "frisbii_public" }) };
}

/** An id, and a secret of 256 bits that requests are signed with: it has to be read again, so it is kept sealed. */
export async function draftWorldlineKey(
  { vault, random, rowId }: KeyMaking,
  merchantId: string,
): Promise<KeyDraft<NewWorldlineKey>> {
  const [id, keyId, secret] = [rowId(), random(8).toString("hex"), random(32).toString("base64")];
  const values = [id, "worldline", null, keyId, await vault.seal(secretPlace(merchantId, id), secret), keyId];
  return { merchantId, values, shown: (key) => ({ ...key, kind: "worldline", keyId, secret }) };
}

/** Writes a key, within a transaction of the caller's. */
export async function insertKey<K>(client: pg.ClientBase, draft: KeyDraft<K>, label: string | null): Promise<K> {
  const { rows } = await run<Row>(client, insert, [draft.merchantId, label, ...draft.values]);
  return draft.shown(toKeyInfo(rows[0]!));
}

/** What the secret of a Worldline key is sealed for. */
export const worldlineSecret = "worldline secret";
export const secretPlace = (merchantId: string, id: string): Place => ({
  merchantId,
  rowId: id,
  purpose: worldlineSecret,
});

const insert = `
  insert into api_keys (merchant_id, label, id, kind, hash, key_id, secret, masked, created_at)
  values ($1, $2, $3, $4, $5, $6, $7, $8, date_trunc('milliseconds', clock_timestamp())) returning *`;

export const toKeyInfo = (r: Row): KeyInfo => ({
  id: r.id,
  merchantId: r.merchant_id,
  kind: r.kind === "frisbii_private" ? "frisbii" : r.kind,
  label: r.label,
  masked: r.masked,
  createdAt: r.created_at,
  revokedAt: r.revoked_at,
});
