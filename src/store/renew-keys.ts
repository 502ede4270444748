import type pg from "pg";
import { newDataKey, rewrap, type StoredDataKey } from "../vault/data-keys.ts";
import type { KeyKeeper } from "../vault/keeper.ts";
import type { Random } from "../vault/keys.ts";
import { toDataKey } from "./data-keys.ts";
import { readAll, run, writeAs } from "./db.ts";
import type { Row } from "./read.ts";
import { joined } from "./rows.ts";

interface MerchantKey {
  readonly merchantId: string;
  readonly key: StoredDataKey;
}

/** Keys of one transaction. */
const batch = 100;
/** Keys that the keeper is asked about at once: it may be a program that is started for each. */
const atOnce = 8;

/** Wraps every data key under the newest master key that is under another one. Rejects when one cannot be unwrapped. */
export async function rewrapAll(pool: pg.Pool, keeper: KeyKeeper, progress: (keys: number) => void): Promise<number> {
  let count = 0;
  for (;;) {
    const old = await readKeys(pool, "master_key_id <> $2", keeper.currentId);
    if (old.length === 0) return count;
    const anew = await eachOf(old, async ({ merchantId, key }) => ({
      merchantId,
      key: await rewrap(keeper, merchantId, key),
    }));
    count += await writeFor(old, pool, async (client) => {
      const values = [...lists(anew), old.map(({ key }) => key.wrapped)];
      return (await run(client, updateWrapped, values)).rowCount ?? 0;
    });
    progress(count);
  }
}

/** Gives every merchant a new data key whose current one was made before this renewal began. */
export async function renewAll(
  pool: pg.Pool,
  { keeper, random }: { readonly keeper: KeyKeeper; readonly random: Random },
  rotation: string,
  progress: (keys: number) => void,
): Promise<number> {
  let count = 0;
  for (;;) {
    const old = await readKeys(pool, "retired_at is null and rotation < $2::bigint", rotation);
    if (old.length === 0) return count;
    const anew = await eachOf(old, async ({ merchantId }) => ({
      merchantId,
      key: await newDataKey(keeper, merchantId, random),
    }));
    count += await writeFor(old, pool, async (client) => {
      const { rows } = await run<Row>(client, retire, lists(old).slice(0, 2));
      const ours = new Set(rows.map((row) => row.merchant_id)); // others were renewed by somebody else meanwhile
      const values = lists(anew.filter(({ merchantId }) => ours.has(merchantId)));
      return (await run(client, insertRenewed, [...values, rotation])).rowCount ?? 0;
    });
    progress(count);
  }
}

function readKeys(pool: pg.Pool, which: string, value: string): Promise<MerchantKey[]> {
  const text = `select * from data_keys where ${which} order by merchant_id, id limit $1`;
  return readAll(pool, async (client) => {
    const { rows } = await run<Row>(client, text, [batch, value]);
    return rows.map((row) => ({ merchantId: row.merchant_id, key: toDataKey(row) }));
  });
}

/** In a transaction that has locked these keys, in the order in which they were read. */
const writeFor = (keys: readonly MerchantKey[], pool: pg.Pool, write: (client: pg.PoolClient) => Promise<number>) =>
  writeAs(pool, [...new Set(keys.map(({ merchantId }) => merchantId))], async (client) => {
    await run(client, lock, lists(keys).slice(0, 2));
    return write(client);
  });

const lists = (keys: readonly MerchantKey[]): unknown[] => [
  joined(keys.map(({ merchantId }) => merchantId)),
  keys.map(({ key }) => key.id),
  keys.map(({ key }) => key.masterKeyId),
  keys.map(({ key }) => key.wrapped),
];

async function eachOf<T, R>(all: readonly T[], work: (one: T) => Promise<R>): Promise<R[]> {
  const done: R[] = [];
  for (let at = 0; at < all.length; at += atOnce)
    done.push(...(await Promise.all(all.slice(at, at + atOnce).map(work))));
  return done;
}

const named = "unnest($1::bigint[], $2::text[]) as r(merchant_id, id)";
const lock = `select from data_keys k join ${named} using (merchant_id, id)
               order by merchant_id, id for no key update of k`;
const retire = `update data_keys k set retired_at = clock_timestamp() from ${named}
                 where k.merchant_id = r.merchant_id and k.id = r.id and k.retired_at is null returning k.merchant_id`;
const insertRenewed = `insert into data_keys (merchant_id, id, master_key_id, wrapped, rotation)
                       select r.*, $5::bigint from unnest($1::bigint[], $2::text[], $3::text[], $4::text[]) as r`;
const updateWrapped = `update data_keys k set master_key_id = r.master_key_id, wrapped = r.wrapped
                         from unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[])
                              as r(merchant_id, id, master_key_id, wrapped, old)
                        where k.merchant_id = r.merchant_id and k.id = r.id and k.wrapped = r.old`;
