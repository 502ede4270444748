import { newDataKey, type DataKeyStore, type StoredDataKey } from "../vault/data-keys.ts";
import { ringKeeper } from "../vault/keeper.ts";
import { newMasterKey, parseKeyRing } from "../vault/keys.ts";
import { Vault } from "../vault/vault.ts";
import { Chance } from "./chance.ts";

const from = (name: string) => {
  const chance = new Chance(name);
  return (bytes: number) => chance.bytes(bytes);
};
const ring = parseKeyRing(newMasterKey(from("master key")));
export const [fingerprintKey] = ring.fingerprinting as [(typeof ring.fingerprinting)[0]];

/** The data key that every simulated merchant has from the beginning: the same in every simulation. */
export const dataKeyOf = (merchantId: string): Promise<StoredDataKey> => {
  const random = from(`data key ${merchantId}`);
  return newDataKey(ringKeeper(ring, random), merchantId, random);
};

/** Data keys are read at once: how they are looked up is not what is simulated. */
const store: DataKeyStore = {
  current: dataKeyOf,
  read: dataKeyOf,
  add: () => Promise.reject(new Error("every simulated merchant has its data key")),
};

/** The vault of one simulated server. */
export const openVault = (chance: Chance, monotonic: () => number): Vault => {
  const random = (bytes: number) => chance.bytes(bytes);
  return new Vault({ ring, keeper: ringKeeper(ring, random), store, random, monotonic });
};
