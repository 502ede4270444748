import type pg from "pg";
import type { PayoutState } from "../core/payout.ts";
import { readAll, run, writeAs } from "./db.ts";
import { joined } from "./rows.ts";
import type { Row } from "./read.ts";

/** A transfer as its bank lists it. */
export interface BankTransfer {
  readonly reference: string;
  readonly rail: string;
  readonly status: "paid" | "accepted" | "declined" | "returned";
  readonly amountMinor: bigint;
  readonly currency: string;
  readonly bankId: string | null;
  /** By the bank's clock. */
  readonly at: number;
}

/** Keeps transfers that this database has forgotten; of one that is kept already, what it has come to. */
export async function remember(
  pool: pg.Pool,
  transfers: readonly (BankTransfer & { readonly merchantId: string })[],
): Promise<void> {
  for (let first = 0; first < transfers.length; first += 1_000) {
    const page = transfers.slice(first, first + 1_000);
    const ids = page.map(({ merchantId }) => merchantId);
    await writeAs(pool, [...new Set(ids)], async (client) => {
      await run(client, insertForgotten, [
        joined(ids),
        page.map(({ reference }) => reference),
        page.map(({ rail }) => rail),
        page.map(({ status }) => status),
        joined(page.map(({ amountMinor }) => amountMinor)),
        page.map(({ currency }) => currency),
        page.map(({ bankId }) => bankId),
        joined(page.map(({ at }) => at)),
      ]);
    });
  }
}

/** One that is kept, and the payout that has since been asked for again and stands for it. */
export interface ForgottenTransfer extends BankTransfer {
  readonly merchantId: string;
  readonly merchant: string;
  readonly payout: { readonly handle: string; readonly state: PayoutState } | null;
}

/** What is kept, newest first: all of it, or only what no payout stands for. */
export const readForgotten = (
  pool: pg.Pool,
  { unclaimed, most }: { unclaimed: boolean; most: number },
): Promise<ForgottenTransfer[]> =>
  readAll(pool, async (client) => (await run<Row>(client, readKept, [unclaimed, most])).rows.map(toForgotten));

/** Order and customer numbers that a restored database gave to payouts it has forgotten are not given to others. */
export const skipNumbers = async (pool: pg.Pool, by: number): Promise<void> => {
  const ids = await readAll(pool, async (client) => (await run<Row>(client, "select id from merchants")).rows);
  await writeAs(
    pool,
    ids.map(({ id }) => id as string),
    async (client) => {
      await run(client, "update counters set value = value + $1", [by]);
    },
  );
};

const insertForgotten = `
  insert into forgotten_transfers (merchant_id, reference, rail, status, amount_minor, currency, bank_id, booked_at)
  select k.merchant_id, k.reference, k.rail, k.status, k.amount_minor, k.currency, k.bank_id, to_timestamp(k.at / 1000)
    from unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::text[], $7::text[], $8::float8[])
           as k(merchant_id, reference, rail, status, amount_minor, currency, bank_id, at)
  on conflict (merchant_id, reference) do update set status = excluded.status, booked_at = excluded.booked_at`;
const readKept = `
  select f.*, m.handle as merchant, p.handle, p.state
    from forgotten_transfers f
    join merchants m on m.id = f.merchant_id
    left join attempts a on a.merchant_id = f.merchant_id and a.reference = f.reference
    left join payouts p on p.merchant_id = a.merchant_id and p.id = a.payout_id
   where a.payout_id is null or not $1
   order by f.booked_at desc, f.reference limit $2`;
const toForgotten = (r: Row): ForgottenTransfer => ({
  merchantId: r["merchant_id"],
  merchant: r["merchant"],
  reference: r["reference"],
  rail: r["rail"],
  status: r["status"],
  amountMinor: BigInt(r["amount_minor"]),
  currency: r["currency"],
  bankId: r["bank_id"],
  at: r["booked_at"],
  payout: r["handle"] === null ? null : { handle: r["handle"], state: r["state"] },
});
