import type pg from "pg";
import type { StoredDataKey } from "../vault/data-keys.ts";
import { toDataKey } from "./data-keys.ts";
import { readAll, run } from "./db.ts";
import type { Row } from "./read.ts";

/** What a database needs of master keys. */
export interface MasterKeysInUse {
  /** One data key of each master key that wraps any. */
  readonly wrapping: readonly { readonly merchantId: string; readonly key: StoredDataKey }[];
  /** Master keys that seal texts of version 1 themselves. */
  readonly old: readonly string[];
}

/** Which master keys this database needs, found without looking at every row. */
export function masterKeysInUse(pool: pg.Pool): Promise<MasterKeysInUse> {
  return readAll(pool, async (client) => {
    const { rows: wrapping } = await run<Row>(client, wrappingKeys);
    const { rows: old } = await run<{ id: string }>(client, oldKeys);
    return {
      wrapping: wrapping.map((row) => ({ merchantId: row.merchant_id, key: toDataKey(row) })),
      old: old.map(({ id }) => id),
    };
  });
}

/** Goes from one value of an index to the next. */
const steps = (first: string, next: (after: string) => string): string =>
  `with recursive ids(id) as (select (${first}) union all select (${next("ids.id")}) from ids where ids.id is not null)`;

const wrappingKeys = `
  ${steps("select min(master_key_id) from data_keys", (after) => `select min(master_key_id) from data_keys where master_key_id > ${after}`)}
  select k.* from ids cross join lateral (
    select merchant_id, id, master_key_id, wrapped from data_keys where master_key_id = ids.id limit 1) k`;

const oldKeyId = "split_part(sealed, '.', 2)";
const oldKeys = `
  ${steps(
    `select min(${oldKeyId}) from vault where sealed like 'v1.%'`,
    (after) => `select min(${oldKeyId}) from vault where sealed like 'v1.%' and ${oldKeyId} > ${after}`,
  )}
  select id from ids where id <> 'erased'
  union select split_part(secret, '.', 2) from api_keys where secret like 'v1.%'
  union select split_part(reference_key, '.', 2) from installation where reference_key like 'v1.%'`;
