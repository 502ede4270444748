import { createHmac, createSecretKey, timingSafeEqual, type KeyObject } from "node:crypto";
import type { KeyKeeper, Wrapped } from "./keeper.ts";
import type { Random } from "./keys.ts";
import { sealContext, SealFault, type NamedKey } from "./seal.ts";

/** A data key as it is stored: named, and wrapped. */
export interface StoredDataKey extends Wrapped {
  readonly id: string;
}

/** Where data keys are kept. Merchant 0 is the installation itself. */
export interface DataKeyStore {
  /** The key that a merchant's texts are sealed under now. */
  current(merchantId: string): Promise<StoredDataKey | undefined>;
  read(merchantId: string, id: string): Promise<StoredDataKey | undefined>;
  /** Keeps a merchant's first key, unless somebody else was faster. Returns the one that counts. */
  add(merchantId: string, key: StoredDataKey): Promise<StoredDataKey>;
}

export interface DataKeyPorts {
  readonly keeper: KeyKeeper;
  readonly store: DataKeyStore;
  readonly random: Random;
  /** Milliseconds that never jump. */
  monotonic(): number;
}

/** So long a server goes on sealing under a key without asking whether it still is the merchant's current one. */
export const believedMs = 5_000;
/** Keys kept open in memory; the ones that were not used for longest go first. */
const most = 10_000;

/** The data keys of merchants, open and in memory: a card is sealed or opened without asking anybody, once its merchant is known. */
export class DataKeys {
  readonly #ports: DataKeyPorts;
  readonly #opened = new Map<string, Promise<NamedKey>>();
  readonly #current = new Map<string, { readonly key: Promise<NamedKey>; readonly askedAt: number }>();

  constructor(ports: DataKeyPorts) {
    this.#ports = ports;
  }

  /** The key to seal under: the merchant's current one, made when there is none yet. */
  forSealing(merchantId: string): Promise<NamedKey> {
    const now = this.#ports.monotonic();
    const known = this.#current.get(merchantId);
    if (known !== undefined && now - known.askedAt < believedMs) return known.key;
    const key = this.#askForCurrent(merchantId);
    keep(this.#current, merchantId, { key, askedAt: now });
    key.catch(() => this.#current.get(merchantId)?.key === key && this.#current.delete(merchantId));
    return key;
  }

  /** The key of that id. Rejects with a SealFault when there is none, or its master key is not there. */
  forOpening(merchantId: string, id: string): Promise<KeyObject> {
    return this.#open(merchantId, id, async () => {
      const stored = await this.#ports.store.read(merchantId, id);
      if (stored === undefined)
        throw new SealFault("unknown_key", `sealed under data key ${id}, which this merchant does not have`);
      return stored;
    }).then(({ key }) => key);
  }

  /** Forgets which keys are current, after they were renewed. */
  forgetCurrent(): void {
    this.#current.clear();
  }

  async #askForCurrent(merchantId: string): Promise<NamedKey> {
    const { store, keeper, random } = this.#ports;
    const stored =
      (await store.current(merchantId)) ?? (await store.add(merchantId, await newDataKey(keeper, merchantId, random)));
    return this.#open(merchantId, stored.id, () => Promise.resolve(stored));
  }

  #open(merchantId: string, id: string, read: () => Promise<StoredDataKey>): Promise<NamedKey> {
    const place = `${merchantId}/${id}`;
    const known = this.#opened.get(place);
    const opened =
      known ??
      read().then(async (stored) => ({ id, key: await unwrapDataKey(this.#ports.keeper, merchantId, stored) }));
    keep(this.#opened, place, opened);
    if (known === undefined) opened.catch(() => this.#opened.get(place) === opened && this.#opened.delete(place));
    return opened;
  }
}

/** A new data key of a merchant, wrapped, and not yet stored. */
export async function newDataKey(keeper: KeyKeeper, merchantId: string, random: Random): Promise<StoredDataKey> {
  const id = `d${random(8).toString("hex")}`;
  const key = random(32);
  const context = contextOf(merchantId, id);
  const wrapped = await keeper.wrap(Buffer.concat([key, markOf(key, context)]), context);
  key.fill(0);
  return { id, ...wrapped };
}

/** A stored data key, open. Rejects with a SealFault for one that was altered, or belongs to another merchant or id. */
export async function unwrapDataKey(keeper: KeyKeeper, merchantId: string, stored: StoredDataKey): Promise<KeyObject> {
  const plain = await keeper.unwrap(stored, contextOf(merchantId, stored.id));
  const key = plain.subarray(0, 32);
  const isIt =
    plain.length === 64 && timingSafeEqual(plain.subarray(32), markOf(key, contextOf(merchantId, stored.id)));
  if (!isIt) throw new SealFault("not_authentic", `the data key ${stored.id} is not what was wrapped`);
  const opened = createSecretKey(key);
  plain.fill(0);
  return opened;
}

/** The same data key under the keeper's current master key. */
export async function rewrap(keeper: KeyKeeper, merchantId: string, stored: StoredDataKey): Promise<StoredDataKey> {
  const key = (await unwrapDataKey(keeper, merchantId, stored)).export();
  const context = contextOf(merchantId, stored.id);
  const wrapped = await keeper.wrap(Buffer.concat([key, markOf(key, context)]), context);
  key.fill(0);
  return { id: stored.id, ...wrapped };
}

const contextOf = (merchantId: string, id: string): string => sealContext(merchantId, id, "data key");

/** Ties a key to its place also where the keeper does not: not every key management system does. */
const markOf = (key: Buffer, context: string): Buffer => createHmac("sha256", key).update(context).digest();

/** The one that was not used for longest goes when there are too many. */
function keep<V>(map: Map<string, V>, key: string, value: V): void {
  map.delete(key);
  map.set(key, value);
  if (map.size > most) map.delete(map.keys().next().value!);
}
