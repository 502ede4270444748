import type pg from "pg";
import { hashKey } from "../vault/api-key.ts";
import type { KeyRing, Random } from "../vault/keys.ts";
import { seal, sealContext } from "../vault/seal.ts";
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

/** What a key is made with: chance, so that nobody can guess it, and a ring to seal what has to be read again. */
export interface KeyMaking {
  readonly ring: KeyRing;
  readonly random: Random;
  /** A new row id. */
  rowId(): string;
}

/** `priv_` and 128 random bits, of which only the hash is kept. Within a transaction of the caller's. */
export async function insertFrisbiiKey(
  client: pg.ClientBase,
  { random, rowId }: KeyMaking,
  merchantId: string,
  label: string | null,
): Promise<NewFrisbiiKey> {
  const privateKey = `priv_${random(16).toString("hex")}`;
  const columns = ["frisbii_private", hashKey(privateKey), null, null, `priv_…${privateKey.slice(-4)}`];
  const { rows } = await run<Row>(client, insertKey, [rowId(), merchantId, label, ...columns]);
  return { ...toKeyInfo(rows[0]!), kind: "frisbii", privateKey };
}

/** `pub_` and 128 random bits: it stands in web pages, so it is kept as it is. */
export async function insertPublicKey(
  client: pg.ClientBase,
  { random, rowId }: KeyMaking,
  merchantId: string,
  label: string | null,
): Promise<NewPublicKey> {
  const key = `pub_${random(16).toString("hex")}`;
  const { rows } = await run<Row>(client, insertKey, [
    rowId(),
    merchantId,
    label,
    "frisbii_public",
    null,
    key,
    null,
    key,
  ]);
  return { ...toKeyInfo(rows[0]!), kind: "frisbii_public" };
}

/** An id, and a secret of 256 bits that requests are signed with: it has to be read again, so it is kept sealed. */
export async function insertWorldlineKey(
  client: pg.ClientBase,
  { ring, random, rowId }: KeyMaking,
  merchantId: string,
  label: string | null,
): Promise<NewWorldlineKey> {
  const [id, keyId, secret] = [rowId(), random(8).toString("hex"), random(32).toString("base64")];
  const sealed = seal(ring, secret, secretContext(merchantId, id), random);
  const { rows } = await run<Row>(client, insertKey, [id, merchantId, label, "worldline", null, keyId, sealed, keyId]);
  return { ...toKeyInfo(rows[0]!), kind: "worldline", keyId, secret };
}

export const secretContext = (merchantId: string, id: string): string =>
  sealContext(merchantId, id, "worldline secret");

const insertKey = `
  insert into api_keys (id, merchant_id, label, kind, hash, key_id, secret, masked, created_at)
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
