import type pg from "pg";
import type { Story } from "../core/story.ts";
import { Conditions } from "./conditions.ts";
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
  const columns = [decimals.map(({ currency }) => currency), decimals.map(({ digits }) => digits)];
  const where = new Conditions([merchantId, ...columns], "p.merchant_id = $1", isTold)
    .on(merchantReference ?? undefined, (name) => `p.id in (${idsBy(`r.merchant_reference = ${name}`)})`)
    .on(merchantOrderId ?? undefined, (number) => `p.id in (${idsBy(`r.merchant_order_id = ${number}`)})`);
  const count = `select count(*)::float8 as total ${from} where ${where.text}`;
  const [counted] = (
    merchantReference === null && merchantOrderId === null
      ? await run<Row>(client, { name: "read_payout_counts", text: known }, [merchantId, ...columns])
      : await run<Row>(client, count, where.values)
  ).rows;
  const part = `offset ${where.place(offset)} limit ${where.place(limit)}`;
  const page = `select p.* ${from} where ${where.text} order by p.created_at desc, p.id desc ${part}`;
  const { rows } = await run<Row>(client, page, where.values);
  return { stories: await tellStories(client, merchantId, rows.map(toPayout)), total: counted!.total };
}

/** `$2` and `$3` are the currencies that do not have two decimals, and how many they have. */
const from = "from payouts p left join unnest($2::text[], $3::integer[]) as d(currency, digits) using (currency)";

/** What two implied decimals can tell. */
const isTold = `case coalesce(d.digits, 2) when 0 then p.amount_minor <= 9999999999
                                           when 2 then p.amount_minor <= 999999999999
                                           when 3 then p.amount_minor % 10 = 0 and p.amount_minor <= 9999999999990
                                           else false end`;

/**
 * All of a merchant's: of currencies with two decimals or none, two decimals tell every amount that any API takes; of the others, those
 * are counted that they can tell.
 */
const known = `
  with odd as (select currency from unnest($2::text[], $3::integer[]) as d(currency, digits) where digits not in (0, 2))
  select (coalesce(sum(c.payouts) filter (where c.currency not in (select currency from odd)), 0)
          + case when bool_or(c.currency in (select currency from odd))
                 then (select count(*) ${from} where p.merchant_id = $1 and d.digits not in (0, 2) and ${isTold})
                 else 0 end)::float8 as total
    from payout_counts c where c.merchant_id = $1`;

/** By an index of the references: as a condition of its own, so that PostgreSQL begins with it. */
const idsBy = (condition: string): string =>
  `select r.payout_id from payout_references r where r.merchant_id = $1 and ${condition}`;
