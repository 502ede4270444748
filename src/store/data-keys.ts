import type pg from "pg";
import type { DataKeyStore, StoredDataKey } from "../vault/data-keys.ts";
import { readAs, run, writeAs } from "./db.ts";
import type { Row } from "./read.ts";

/** PostgreSQL as the place where data keys are kept. */
export const dataKeyStore = (pool: pg.Pool): DataKeyStore => ({
  current: (merchantId) => readAs(pool, merchantId, (client) => one(client, readCurrent, [merchantId])),
  read: (merchantId, id) => readAs(pool, merchantId, (client) => one(client, readById, [merchantId, id])),
  add: (merchantId, { id, masterKeyId, wrapped }) =>
    writeAs(pool, [merchantId], async (client) => {
      await run(client, insertFirst, [merchantId, id, masterKeyId, wrapped]);
      const current = await one(client, readCurrent, [merchantId]);
      if (current === undefined) throw new Error(`merchant ${merchantId} has no data key`);
      return current;
    }),
});

async function one(
  client: pg.ClientBase,
  statement: { name: string; text: string },
  values: readonly string[],
): Promise<StoredDataKey | undefined> {
  return (await run<Row>(client, statement, values)).rows.map(toDataKey)[0];
}

export const toDataKey = (r: Row): StoredDataKey => ({
  id: r.id,
  masterKeyId: r.master_key_id,
  wrapped: r.wrapped,
});

const readCurrent = {
  name: "current_data_key",
  text: "select id, master_key_id, wrapped from data_keys where merchant_id = $1 and retired_at is null",
};
const readById = {
  name: "read_data_key",
  text: "select id, master_key_id, wrapped from data_keys where merchant_id = $1 and id = $2",
};
/** Which renewal of data keys is the latest: a key made after it began needs no renewing. */
export const latestRotation = "coalesce((select max(r.id) from vault_rotations r), 0)";
/** Two servers that make a merchant's first key at once agree on one: the second waits for the first, and writes nothing. */
const insertFirst = {
  name: "insert_first_data_key",
  text: `insert into data_keys (merchant_id, id, master_key_id, wrapped, rotation)
         values ($1, $2, $3, $4, ${latestRotation}) on conflict do nothing`,
};
