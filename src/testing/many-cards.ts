import { createSecretKey, randomBytes } from "node:crypto";
import type pg from "pg";
import { sealCard } from "../vault/cards.ts";
import { dataKeyOf } from "../vault/seal.ts";
import type { Vault } from "../vault/vault.ts";
import { sealOld } from "./old-seal.ts";
import { openTestVault } from "./vault.ts";
import { ids } from "./world.ts";

export interface KeptCard {
  readonly merchantId: string;
  readonly vaultId: string;
}

export interface ManyCards {
  readonly merchants: readonly string[];
  /** Of each merchant. */
  readonly cards: number;
  /** Every so many cards, one is sealed under this master key itself, as earlier releases did. */
  readonly old: { readonly masterKey: string; readonly every: number };
  /** As fingerprints of this key. */
  readonly fingerprintKey?: ReturnType<typeof createSecretKey>;
}

export const cardNumber = "4111111111111111";

/** Writes many cards straight into the vault's table: as many as a busy merchant has in a week. */
export async function keepManyCards(
  db: pg.Client | pg.Pool,
  vault: Vault,
  { merchants, cards, old, fingerprintKey = createSecretKey(randomBytes(32)) }: ManyCards,
): Promise<KeptCard[]> {
  const kept: KeptCard[] = [];
  for (const merchantId of merchants) {
    const rows: { vaultId: string; sealed: string; fingerprint: string }[] = [];
    for (let at = 0; at < cards; at += 1) {
      const isOld = at % old.every === 0;
      const card = {
        merchantId,
        vaultId: ids.row(),
        number: cardNumber,
        expMonth: 12,
        expYear: 2039,
        amountTable: false,
      };
      const item = await sealCard({ vault: isOld ? openTestVault(null) : vault, fingerprintKey }, card);
      const sealed = isOld ? sealOld(old.masterKey, [merchantId, card.vaultId, "card"], cardNumber) : item.sealed;
      rows.push({ vaultId: card.vaultId, sealed, fingerprint: item.fingerprint });
      kept.push({ merchantId, vaultId: card.vaultId });
    }
    await db.query(
      `insert into vault (merchant_id, id, kind, sealed, fingerprint, masked, brand, exp_month, exp_year, amount_table, created_at, data_key)
       select $1::bigint, r.id, 'card', r.sealed, r.fingerprint, '411111XXXXXX1111', 'visa', 12, 2039, false, now(), r.data_key
         from unnest($2::bigint[], $3::text[], $4::text[], $5::text[]) as r(id, sealed, fingerprint, data_key)`,
      [
        merchantId,
        rows.map(({ vaultId }) => vaultId),
        rows.map(({ sealed }) => sealed),
        rows.map(({ fingerprint }) => fingerprint),
        rows.map(({ sealed }) => dataKeyOf(sealed)),
      ],
    );
  }
  return kept;
}
