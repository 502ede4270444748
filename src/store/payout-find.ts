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
  const counts = { name: "read_payout_counts", text: known };
  const [counted] = (
    merchantReference === null && merchantOrderId === null
      ? await run<Row>(client, counts, [merchantId, ...values.slice(3)])
      : await run<Row>(client, `select count(*)::float8 as total ${found}`, values)
  ).rows;
  const page = `select p.* ${found} order by p.created_at desc, p.id desc offset $6 limit $7`;
  const { rows } = await run<Row>(client, page, [...values, offset, limit]);
  return { stories: await tellStories(client, merchantId, rows.map(toPayout)), total: counted!.total };
}

/**
 * All of a merchant's: of currencies with two decimals or none, two decimals tell every amount that any API takes; of the others, those
 * are counted that they can tell.
 */
const known = `
  with odd as (select currency from unnest($2::text[], $3::integer[]) as d(currency, digits) where digits not in (0, 2))
  select (coalesce(sum(c.payouts) filter (where c.currency not in (select currency from odd)), 0)
          + case when bool_or(c.currency in (select currency from odd))
                 then (select count(*) from payouts p join unnest($2::text[], $3::integer[]) as d(currency, digits) using (currency)
                        where p.merchant_id = $1 and d.digits = 3 and p.amount_minor % 10 = 0 and p.amount_minor <= 9999999999990)
                 else 0 end)::float8 as total
    from payout_counts c where c.merchant_id = $1`;

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
