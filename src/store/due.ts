import type pg from "pg";
import type { Attempt } from "../core/attempt.ts";
import type { VaultItem } from "../core/parties.ts";
import { readAs, run } from "./db.ts";
import { joined } from "./rows.ts";
import { toVaultItem, vaultColumns, type Row } from "./read.ts";

/** A payout that has to be looked at. */
export interface DuePayout {
  readonly merchantId: string;
  readonly id: string;
}

/** What is to be done: sending what is queued, or asking about what was sent. */
export type DueWork = "send" | "ask";

/**
 * Payouts of a rail whose time has come, longest due first, of all merchants but some. Takes no lock: the committer claims them.
 * `now` is milliseconds since 1970; without it, the database's clock.
 */
export function readDue(
  pool: pg.Pool,
  rail: string,
  work: DueWork,
  most: number,
  without: readonly string[] = [],
  now?: number,
): Promise<DuePayout[]> {
  return readAs(pool, [], async (client) => {
    const { rows } = await run<Row>(client, dueWork[work], [rail, now ?? null, most, joined(without)]);
    return rows.map((row) => ({ merchantId: row.merchant_id, id: row.id }));
  });
}

const readFrom = (source: string) => ({
  name: source,
  text: `select * from ${source}($1, coalesce(to_timestamp($2::float8 / 1000), now()), $3, $4::bigint[])`,
});
const dueWork = { send: readFrom("due_to_send"), ask: readFrom("due_to_ask") };

/** Cards and accounts of many merchants, sealed, by their ids (which no two merchants share). */
export function readVaultItems(
  pool: pg.Pool,
  keys: readonly { readonly merchantId: string; readonly vaultId: string }[],
): Promise<Map<string, VaultItem>> {
  return readVault(
    pool,
    readByKey,
    keys.map(({ merchantId, vaultId }) => [merchantId, vaultId]),
  );
}

/** Where payouts of many merchants go by their latest attempt: the same, found by the payouts' ids. */
export function readVaultOf(
  pool: pg.Pool,
  payouts: readonly { readonly merchantId: string; readonly id: string }[],
): Promise<Map<string, VaultItem>> {
  return readVault(
    pool,
    readByPayout,
    payouts.map(({ merchantId, id }) => [merchantId, id]),
  );
}

async function readVault(
  pool: pg.Pool,
  statement: { name: string; text: string },
  keys: readonly (readonly [merchantId: string, id: string])[],
): Promise<Map<string, VaultItem>> {
  if (keys.length === 0) return new Map();
  const merchants = keys.map(([merchantId]) => merchantId);
  return readAs(pool, [...new Set(merchants)], async (client) => {
    const { rows } = await run<Row>(client, statement, [joined(merchants), joined(keys.map(([, id]) => id))]);
    return new Map(rows.map((row) => [row.v_id as string, toVaultItem(row)]));
  });
}

const readByKey = {
  name: "read_vault_items",
  text: `select v.merchant_id, ${vaultColumns}
           from unnest($1::bigint[], $2::bigint[]) as k(merchant_id, id) join vault v using (merchant_id, id)`,
};
const readByPayout = {
  name: "read_vault_of",
  text: `select v.merchant_id, ${vaultColumns}
           from unnest($1::bigint[], $2::bigint[]) as k(merchant_id, id)
           join payouts p using (merchant_id, id)
           join attempts a on a.merchant_id = p.merchant_id and a.payout_id = p.id and a.attempt = p.attempt
           join vault v on v.merchant_id = a.merchant_id and v.id = a.vault_id`,
};

/** An attempt that somebody has news of. */
export type FoundAttempt = Pick<Attempt, "merchantId" | "payoutId" | "attempt" | "reference" | "rail" | "amountMinor">;

/** The payout that a bank's word about `reference` is about. Its first characters are its merchant's. */
export async function findAttempt(pool: pg.Pool, reference: string): Promise<FoundAttempt | undefined> {
  if (!/^[A-Z2-7]{7,20}$/.test(reference)) return undefined;
  const merchant = { name: "find_merchant", text: "select id from merchants where reference_prefix = left($1, 6)" };
  const merchantId: string | undefined = await readAs(pool, [], async (client) => {
    return (await run<Row>(client, merchant, [reference])).rows[0]?.id;
  });
  if (merchantId === undefined) return undefined;
  const attempt = {
    name: "find_attempt",
    text: "select payout_id, attempt, rail, amount_minor from attempts where merchant_id = $1 and reference = $2",
  };
  return readAs(pool, merchantId, async (client) => {
    const row = (await run<Row>(client, attempt, [merchantId, reference])).rows[0];
    if (row === undefined) return undefined;
    const { payout_id: payoutId, attempt: number, rail, amount_minor: amountMinor } = row;
    return { merchantId, payoutId, attempt: number, reference, rail, amountMinor: BigInt(amountMinor) };
  });
}
