import type pg from "pg";
import type { CustomerEvent } from "../core/notice.ts";
import type { PayoutHistory } from "../core/payout.ts";
import type { Story } from "../core/story.ts";
import { readAs, run } from "./db.ts";
import type { EndpointKey } from "./endpoint-leases.ts";
import { toPayout, type Row } from "./read.ts";
import { joined } from "./rows.ts";
import { tellStories } from "./stories.ts";

/** Something that has to be told. */
export interface DueNotice {
  readonly id: string;
  readonly customer: string;
  /** Calls made so far. */
  readonly tries: number;
  readonly createdAt: number;
  readonly about: NoticeSubject;
}
/** What a notice is about: a payout's event, with the payout as it is now, or a customer's. */
export type NoticeSubject =
  { readonly event: PayoutHistory; readonly story: Story } | { readonly customerEvent: CustomerEvent };

/** What is next to be told about one customer, in order. */
export interface DueLine {
  readonly customer: string;
  /** Milliseconds until the first of them may be told; 0: now. */
  readonly waitMs: number;
  readonly notices: readonly DueNotice[];
}

/**
 * What is due at an endpoint, by customer. Of the notices that are due, but for those of customers in `without`, the `most` that have
 * waited longest say which customers: so there are `most` of these at most, and fewer where one has many. Of each, `each` notices at
 * most, from the first that is not over. A customer whose first notice has to wait makes all others of theirs wait.
 */
export function dueLines(
  pool: pg.Pool,
  { merchantId, endpointId }: EndpointKey,
  { most, each, without }: { most: number; each: number; without: readonly string[] },
): Promise<DueLine[]> {
  return readAs(pool, merchantId, async (client) => {
    const { rows } = await run<Row>(client, readLines, [merchantId, endpointId, most, each, without]);
    const ids = [...new Set(rows.filter((row) => row["version"] > 0).map((row) => row["subject_id"] as string))];
    const payouts = ids.length === 0 ? [] : (await run<Row>(client, readPayouts, [merchantId, joined(ids)])).rows;
    const stories = await tellStories(client, merchantId, payouts.map(toPayout));
    const byId = new Map(stories.map((story) => [story.payout.id, story]));
    const lines = new Map<string, { customer: string; waitMs: number; notices: DueNotice[] }>();
    for (const row of rows) {
      const { customer, wait_ms: waitMs } = row;
      const line = lines.get(customer) ?? { customer, waitMs, notices: [] as DueNotice[] };
      lines.set(customer, line);
      line.notices.push(toNotice(row, byId));
    }
    return [...lines.values()];
  });
}

function toNotice(row: Row, stories: ReadonlyMap<string, Story>): DueNotice {
  const { id, customer, tries, created_at: createdAt, merchant_id: merchantId, subject_id: subjectId } = row;
  return { id, customer, tries, createdAt, about: toSubject(row, merchantId, subjectId, stories) };
}

/** `row` has the columns of `subject`. */
export function toSubject(
  row: Row,
  merchantId: string,
  subjectId: string,
  stories: ReadonlyMap<string, Story>,
): NoticeSubject {
  const at = row["event_at"] as number;
  if (row["version"] === 0) {
    const { kind, customer, method_id: methodId } = row;
    return { customerEvent: { merchantId, id: subjectId, kind, customer, methodId, at } };
  }
  const { kind, event_state: state, attempt, version } = row;
  return {
    event: { merchantId, payoutId: subjectId, version, kind, state, attempt, at },
    story: stories.get(subjectId)!,
  };
}

/** Columns of what a notice `n` is about, and where they come from. */
export const subject = {
  columns: `coalesce(e.kind, c.kind) as kind, e.state as event_state, e.attempt, coalesce(e.created_at, c.created_at) as event_at, c.method_id`,
  from: `left join events e on n.version > 0 and e.merchant_id = n.merchant_id and e.payout_id = n.subject_id and e.version = n.version
         left join customer_events c on n.version = 0 and c.merchant_id = n.merchant_id and c.id = n.subject_id`,
};

const readLines = {
  name: "due_lines",
  text: `with due as (
           select customer, next_at, id from notices
            where merchant_id = $1 and endpoint_id = $2 and next_at <= clock_timestamp() and customer <> all ($5::text[])
            order by next_at, id limit $3)
         select n.*, greatest(0, extract(epoch from first.next_at - clock_timestamp()) * 1000)::float8 as wait_ms, ${subject.columns}
           from (select customer, min(id) as id from due group by customer) line
           cross join lateral (
             select next_at from notices h
              where h.merchant_id = $1 and h.endpoint_id = $2 and h.customer = line.customer and h.next_at is not null
              order by h.id limit 1) first
           cross join lateral (
             select * from notices o
              where o.merchant_id = $1 and o.endpoint_id = $2 and o.customer = line.customer and o.next_at is not null
              order by o.id limit $4) n
           ${subject.from}
          order by line.id, n.id`,
};
const readPayouts = {
  name: "payouts_told",
  text: "select * from payouts where merchant_id = $1 and id = any($2::bigint[])",
};
