import type pg from "pg";
import type { PayoutState } from "../core/payout.ts";
import { readAs, run } from "./db.ts";
import type { Row } from "./read.ts";
import { inTime } from "./slow.ts";

/** A payout as it stood at the end of a day on which something became of it. Instants are milliseconds since 1970. */
export interface ReportRow {
  readonly handle: string;
  readonly payoutId: string;
  readonly customer: string;
  readonly merchantReference: string | null;
  readonly merchantOrderId: string | null;
  readonly invoiceNumber: string | null;
  /** What the bank knows its latest attempt by; null: it never came to one. */
  readonly wireReference: string | null;
  readonly bankId: string | null;
  readonly amountMinor: bigint;
  readonly currency: string;
  readonly state: PayoutState;
  readonly createdAt: number;
  /** What became of it on that day, and when; the last time, where it happened twice. */
  readonly that: Readonly<Record<Outcome, number | null>>;
  /** Money that was paid out for it that day, and that came back. */
  readonly paidMinor: bigint;
  readonly returnedMinor: bigint;
}

/** What the report is about. */
export const outcomes = ["created", "paid", "failed", "cancelled", "returned"] as const;
export type Outcome = (typeof outcomes)[number];

/** A period, half open. */
export interface Period {
  readonly from: number;
  readonly to: number;
}

/** Places grow with time but for as long as a transaction may take, and clocks may be apart. */
const marginMs = 3_600_000;
/** So long after its end nothing is written any more that belongs to a period: transactions have their limits. */
const overMs = 60_000;
const atOnce = 1_000;

/** Whether nothing can be added to a period any more. */
export const isOver = ({ to }: Period, now: number): boolean => to + overMs <= now;

/**
 * The payouts of which something became in a period, in the order in which it began to. They are read a page at a time, and all pages
 * see the same events: of a period that is not over, those that were settled when the first page was read.
 */
export async function* readReport(
  pool: pg.Pool,
  merchantId: string,
  period: Period,
  now: number,
): AsyncGenerator<readonly ReportRow[]> {
  const { from, to } = period;
  const bounds = await readAs(pool, merchantId, async (client) => {
    const settled = async () => BigInt((await run<Row>(client, settledPlace)).rows[0]!["place"]);
    const last = isOver(period, now) ? beyondAll : await settled();
    const first = await firstPlace(client, merchantId, from - marginMs, last);
    return { first, end: await firstPlace(client, merchantId, to + marginMs, last) };
  });
  let after = [bounds.first.toString(), "0", 0];
  for (;;) {
    const values = [merchantId, ...after, bounds.end.toString(), from, to, atOnce];
    const read = (client: pg.ClientBase) => run<Row>(client, readRows, values);
    const { rows } = await inTime(readAs(pool, merchantId, read));
    if (rows.length > 0) yield rows.map(toReportRow);
    const last = rows.at(-1);
    if (rows.length < atOnce || last === undefined) return;
    after = [last["place"], last["payout_id"], last["version"]];
  }
}

const beyondAll = 2n ** 63n - 1n;

/** The place of the first event at or after an instant, by halving: places grow with time but for moments. `end`: there is none before it. */
async function firstPlace(client: pg.ClientBase, merchantId: string, at: number, end: bigint): Promise<bigint> {
  let [low, high] = [0n, end];
  while (low < high) {
    const middle = (low + high) / 2n;
    const { rows } = await run<Row>(client, placeFrom, [merchantId, middle.toString()]);
    const found = rows[0];
    if (found === undefined || found["created_at"] >= at) high = middle;
    else low = BigInt(found["place"]) + 1n;
  }
  return low < end ? low : end;
}

const settledPlace = `
  select ((era::bigint << 48) | pg_snapshot_xmin(pg_current_snapshot())::text::bigint)::text as place from dispatch`;
const placeFrom = {
  name: "place_from",
  text: `select place, created_at from events where merchant_id = $1 and place >= $2::bigint
          order by place, payout_id, version limit 1`,
};

/** An event that makes of a payout what the report is about: the first of its kind, or a new state. */
const tells = (e: string) =>
  `(${e}.kind = 'created' or (${e}.state in ('paid', 'failed', 'cancelled', 'returned') and ${e}.kind not in ('contradicted', 'parked', 'unfrozen')))`;
const within = (e: string) =>
  `${e}.created_at >= to_timestamp($6::float8 / 1000) and ${e}.created_at < to_timestamp($7::float8 / 1000)`;

/** Of each payout the first such event of the period stands for it; so a page begins where the one before it ended. */
const readRows = {
  name: "report_rows",
  text: `
    select e.place::text, e.payout_id, e.version, p.handle, p.customer, p.currency, p.created_at,
           r.merchant_reference, r.merchant_order_id, r.invoice_number, a.reference, coalesce(a.amount_minor, p.amount_minor) as amount_minor, b.bank_id, s.state, d.*
      from (select * from events e
             where e.merchant_id = $1 and (e.place, e.payout_id, e.version) > ($2::bigint, $3::bigint, $4::integer) and e.place < $5::bigint
               and ${within("e")} and ${tells("e")}
               and not exists (select from events f where f.merchant_id = e.merchant_id and f.payout_id = e.payout_id
                                  and f.version < e.version and ${within("f")} and ${tells("f")})
             order by e.place, e.payout_id, e.version limit $8) e
      join payouts p on p.merchant_id = e.merchant_id and p.id = e.payout_id
      left join payout_references r on r.merchant_id = p.merchant_id and r.payout_id = p.id
      cross join lateral (select f.state, f.attempt from events f
                           where f.merchant_id = p.merchant_id and f.payout_id = p.id and f.place < $5::bigint
                             and f.created_at < to_timestamp($7::float8 / 1000) order by f.version desc limit 1) s
      cross join lateral (
        select max(f.created_at) filter (where f.kind = 'created') as created_that_day,
               max(f.created_at) filter (where f.state = 'paid') as paid,
               max(f.created_at) filter (where f.state = 'failed') as failed,
               max(f.created_at) filter (where f.state = 'cancelled') as cancelled,
               max(f.created_at) filter (where f.state = 'returned') as returned,
               coalesce(sum(t.amount_minor) filter (where f.state = 'paid'), 0) as paid_minor,
               coalesce(sum(t.amount_minor) filter (where f.state = 'returned'), 0) as returned_minor
          from events f left join attempts t on t.merchant_id = f.merchant_id and t.payout_id = f.payout_id and t.attempt = f.attempt
         where f.merchant_id = p.merchant_id and f.payout_id = p.id and f.place < $5::bigint and ${within("f")} and ${tells("f")}) d
      left join attempts a on a.merchant_id = p.merchant_id and a.payout_id = p.id and a.attempt = s.attempt
      left join lateral (select w.bank_id from answers w
                          where w.merchant_id = p.merchant_id and w.payout_id = p.id and w.attempt = s.attempt and w.bank_id is not null
                          order by w.closes desc, w.answer desc limit 1) b on true
     order by e.place, e.payout_id, e.version`,
};

const toReportRow = (r: Row): ReportRow => ({
  handle: r.handle,
  payoutId: r.payout_id,
  customer: r.customer,
  merchantReference: r.merchant_reference,
  merchantOrderId: r.merchant_order_id,
  invoiceNumber: r.invoice_number,
  wireReference: r.reference,
  bankId: r.bank_id,
  amountMinor: BigInt(r.amount_minor),
  currency: r.currency,
  state: r.state,
  createdAt: r.created_at,
  that: {
    created: r.created_that_day,
    paid: r.paid,
    failed: r.failed,
    cancelled: r.cancelled,
    returned: r.returned,
  },
  paidMinor: BigInt(r.paid_minor),
  returnedMinor: BigInt(r.returned_minor),
});
