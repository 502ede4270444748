import type pg from "pg";
import type { CustomerEvent, CustomerEventKind } from "../core/notice.ts";
import type { PayoutHistory } from "../core/payout.ts";
import { readAs, run } from "./db.ts";
import type { Row } from "./read.ts";
import { inTime } from "./slow.ts";

/** Where an event stands among all of a merchant's: places grow, and within one payout so do versions. */
export interface FeedPosition {
  readonly place: bigint;
  readonly subjectId: string;
  readonly version: number;
}

/** An event of a payout with what the payout is called, or one of a customer. */
export type FeedEvent = { readonly position: FeedPosition } & (
  | { readonly payout: PayoutHistory; readonly handle: string; readonly customer: string }
  | { readonly customerEvent: CustomerEvent }
);

/**
 * A merchant's events behind `after` (null: from the first one), up to `until` (null: the newest that can be told), oldest first, at
 * most `most`. Stops below the oldest transaction that is still running, so what commits late is not missed.
 */
export function readFeed(
  pool: pg.Pool,
  merchantId: string,
  { after, until, most }: { after: FeedPosition | null; until: FeedPosition | null; most: number },
): Promise<FeedEvent[]> {
  const values = [merchantId, ...bound(after, "-1"), ...bound(until, "9223372036854775807"), most];
  return inTime(
    readAs(pool, merchantId, async (client) => (await run<Row>(client, feed, values)).rows.map(toFeedEvent)),
  );
}

const bound = (position: FeedPosition | null, open: string): readonly (string | number)[] =>
  position === null ? [open, "0", 0] : [position.place.toString(), position.subjectId, position.version];

/** What happened to payouts in these topics and to customers in these kinds, newest first: a page at a time, for people who look around. */
export interface EventFilter {
  readonly topics: readonly string[];
  readonly customerKinds: readonly CustomerEventKind[];
  /** Null: of all customers. */
  readonly customer: string | null;
  readonly skip: number;
  readonly size: number;
}

export function listEvents(pool: pg.Pool, merchantId: string, filter: EventFilter): Promise<FeedEvent[]> {
  const { topics, customerKinds, customer, skip, size } = filter;
  const [text, values] =
    customer === null
      ? [newest, [merchantId, topics, customerKinds, skip, size]]
      : [newestOf, [merchantId, topics, customerKinds, skip, size, customer]];
  return inTime(
    readAs(pool, merchantId, async (client) => (await run<Row>(client, text, values)).rows.map(toFeedEvent)),
  );
}

/** One event; `version` 0: a customer's. */
export function readEvent(
  pool: pg.Pool,
  merchantId: string,
  subjectId: string,
  version: number,
): Promise<FeedEvent | undefined> {
  return readAs(pool, merchantId, async (client) => {
    const { rows } = await run<Row>(client, version === 0 ? oneOfCustomer : oneOfPayout, [
      merchantId,
      subjectId,
      ...(version === 0 ? [] : [version]),
    ]);
    return rows.map(toFeedEvent)[0];
  });
}

const payoutColumns = `e.merchant_id, e.place, e.payout_id as subject_id, e.version, e.kind, e.state, e.attempt, e.created_at, p.handle, p.customer,
  null::text as method_id`;
const fromPayouts = "from events e join payouts p on p.merchant_id = e.merchant_id and p.id = e.payout_id";
const customerColumns = `c.merchant_id, c.place, c.id as subject_id, 0 as version, c.kind, null::text as state, null::smallint as attempt, c.created_at,
  null::text as handle, c.customer, c.method_id`;
const fromCustomers = "from customer_events c";

/** The first place at which a transaction may still write. */
const settled =
  "(select (era::bigint << 48) | pg_snapshot_xmin(pg_current_snapshot())::text::bigint as place from dispatch)";

const feed = {
  name: "read_feed",
  text: `select * from (
    (select ${payoutColumns} ${fromPayouts}
      where e.merchant_id = $1 and (e.place, e.payout_id, e.version) > ($2::bigint, $3::bigint, $4::integer)
        and (e.place, e.payout_id, e.version) <= ($5::bigint, $6::bigint, $7::integer) and e.place < ${settled}
      order by e.place, e.payout_id, e.version limit $8)
    union all
    (select ${customerColumns} ${fromCustomers}
      where c.merchant_id = $1 and (c.place, c.id) > ($2::bigint, $3::bigint) and (c.place, c.id) <= ($5::bigint, $6::bigint)
        and c.place < ${settled}
      order by c.place, c.id limit $8)) f
    order by place, subject_id, version limit $8`,
};

const paged = (payouts: string, customers: string) => `select * from (
    (select ${payoutColumns} ${fromPayouts} where e.merchant_id = $1 and e.kind || '/' || e.state = any ($2::text[]) ${payouts}
      order by e.place desc, e.payout_id desc, e.version desc limit $4::bigint + $5::bigint)
    union all
    (select ${customerColumns} ${fromCustomers} where c.merchant_id = $1 and c.kind = any ($3::text[]) ${customers}
      order by c.place desc, c.id desc limit $4::bigint + $5::bigint)) f
    order by place desc, subject_id desc, version desc offset $4::bigint limit $5::bigint`;
const newest = { name: "newest_events", text: paged("", "") };
const newestOf = { name: "newest_events_of", text: paged("and p.customer = $6", "and c.customer = $6") };

const oneOfPayout = {
  name: "event_of_payout",
  text: `select ${payoutColumns} ${fromPayouts} where e.merchant_id = $1 and e.payout_id = $2 and e.version = $3`,
};
const oneOfCustomer = {
  name: "event_of_customer",
  text: `select ${customerColumns} ${fromCustomers} where c.merchant_id = $1 and c.id = $2`,
};

function toFeedEvent(r: Row): FeedEvent {
  const position = { place: BigInt(r.place), subjectId: r.subject_id, version: r.version };
  if (r.version === 0) {
    const { subject_id: id, kind, customer, method_id: methodId, created_at: at } = r;
    return { position, customerEvent: { merchantId: r.merchant_id, id, kind, customer, methodId, at } };
  }
  const { subject_id: payoutId, version, kind, state, attempt, created_at: at, handle, customer } = r;
  return {
    position,
    payout: { merchantId: r.merchant_id, payoutId, version, kind, state, attempt, at },
    handle,
    customer,
  };
}
