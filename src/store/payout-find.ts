import type pg from "pg";
import type { Story } from "../core/story.ts";
import { run } from "./db.ts";
import type { FindFilter } from "./filters.ts";
import { toPayout, type Row } from "./read.ts";
import { tellStories } from "./stories.ts";

/** A part of the payouts that carry these references, newest first, and how many there are in all. */
export async function findPayouts(
  client: pg.ClientBase,
  merchantId: string,
  { merchantReference, merchantOrderId, decimals, offset, limit }: FindFilter,
): Promise<{ stories: Story[]; total: number }> {
  const values = [
    merchantId,
    merchantReference,
    merchantOrderId,
    decimals.map(({ currency }) => currency),
    decimals.map(({ digits }) => digits),
  ];
  const counted = await run<Row>(client, `select count(*)::float8 as total ${found}`, values);
  const page = `select p.* ${found} order by p.created_at desc, p.id desc offset $6 limit $7`;
  const { rows } = await run<Row>(client, page, [...values, offset, limit]);
  return { stories: await tellStories(client, merchantId, rows.map(toPayout)), total: counted.rows[0]!.total };
}

/** `$4` and `$5` are the currencies that do not have two decimals, and how many they have. */
const found = `
  from payouts p
  left join unnest($4::text[], $5::integer[]) as d(currency, digits) using (currency)
 where p.merchant_id = $1
   and ($2::text is null or p.id in (select r.payout_id from payout_references r where r.merchant_id = $1 and r.merchant_reference = $2))
   and ($3::bigint is null or p.id in (select r.payout_id from payout_references r where r.merchant_id = $1 and r.merchant_order_id = $3))
   and case coalesce(d.digits, 2) when 0 then p.amount_minor <= 9999999999
                                  when 2 then p.amount_minor <= 999999999999
                                  when 3 then p.amount_minor % 10 = 0 and p.amount_minor <= 9999999999990
                                  else false end`;
