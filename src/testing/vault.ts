import { createSecretKey, randomBytes } from "node:crypto";
import type pg from "pg";
import { dataKeyStore } from "../store/data-keys.ts";
import type { CardKeys } from "../vault/cards.ts";
import type { StoredDataKey } from "../vault/data-keys.ts";
import { ringKeeper } from "../vault/keeper.ts";
import { newMasterKey, parseKeyRing } from "../vault/keys.ts";
import { Vault, type VaultPorts } from "../vault/vault.ts";

/** A vault with a master key of its own, its data keys in that database; without one, in memory. */
export function openTestVault(pool: pg.Pool | null, over: Partial<VaultPorts> = {}): Vault {
  const ring = parseKeyRing(newMasterKey(randomBytes));
  return new Vault({
    ring,
    keeper: ringKeeper(ring, randomBytes),
    store: pool === null ? memoryStore() : dataKeyStore(pool),
    random: randomBytes,
    monotonic: () => performance.now(),
    ...over,
  });
}

/** What to seal cards with, in a test. */
export const testCardKeys = (pool: pg.Pool): CardKeys => ({
  vault: openTestVault(pool),
  fingerprintKey: createSecretKey(randomBytes(32)),
});

/** Data keys of merchants, in memory. `asked` counts questions. */
export function memoryStore() {
  const all = new Map<string, StoredDataKey[]>();
  const of = (merchantId: string) => all.get(merchantId) ?? all.set(merchantId, []).get(merchantId)!;
  const store = {
    all,
    asked: 0,
    current: (merchantId: string) => ((store.asked += 1), Promise.resolve(of(merchantId).at(-1))),
    read: (merchantId: string, id: string) => (
      (store.asked += 1),
      Promise.resolve(of(merchantId).find((key) => key.id === id))
    ),
    add: (merchantId: string, key: StoredDataKey) => {
      if (of(merchantId).length === 0) of(merchantId).push(key);
      return Promise.resolve(of(merchantId).at(-1)!);
    },
  };
  return store;
}
