import type pg from "pg";
import type { Endpoint, EndpointSecrets } from "../core/endpoint.ts";
import type { CustomerEvent } from "../core/notice.ts";
import type { Merchant } from "../core/parties.ts";
import type { PayoutHistory } from "../core/payout.ts";
import type { Story } from "../core/story.ts";
import { readAs, run, writeAs } from "./db.ts";
import { toEndpoint, type Endpoints } from "./endpoints.ts";
import { toMerchant, toPayout, type Row } from "./read.ts";
import { joined } from "./rows.ts";
import { tellStories } from "./stories.ts";

export interface EndpointKey {
  readonly merchantId: string;
  readonly endpointId: string;
}

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

/** How one call went, and what is to become of its notice. */
export interface CallMade {
  readonly merchantId: string;
  readonly noticeId: string;
  readonly state: "completed" | "retrying" | "failed" | "disabled";
  /** Until it is told again, from when this is written; null: no more. */
  readonly nextInMs: number | null;
  readonly call: {
    readonly number: number;
    readonly beganAt: number;
    readonly durationMs: number;
    readonly status: number | null;
    readonly fault: string | null;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
  };
}

/**
 * Endpoints that something waits for, and that no other server than `owner` delivers to, by their keys: the first `most` behind `behind`
 * (undefined: of all).
 */
export const dueEndpoints = (
  pool: pg.Pool,
  owner: string,
  most: number,
  behind: EndpointKey | undefined,
): Promise<EndpointKey[]> =>
  readAs(pool, [], async (client) => {
    const from = [behind?.merchantId ?? "-1", behind?.endpointId ?? "-1"];
    const { rows } = await run<Row>(client, findDue, [owner, most, ...from]);
    return rows.map((row) => ({ merchantId: row["merchant_id"], endpointId: row["id"] }));
  });

/** Forgets what was told, or given up, longer ago than so many days: at most `most` notices, and their calls. Tells how many. */
export const forgetNotices = (pool: pg.Pool, days: number, most: number): Promise<number> =>
  writeAs(pool, [], async (client) => (await run<Row>(client, forget, [days, most])).rows[0]!["forgotten"] as number);

/** Takes endpoints on for `seconds`, or longer, if they are `owner`'s already. Tells which: the others are somebody else's. */
export function leaseEndpoints(
  pool: pg.Pool,
  endpoints: Endpoints,
  owner: string,
  keys: readonly EndpointKey[],
  seconds: number,
): Promise<(Endpoint & { secrets: EndpointSecrets; merchant: Merchant })[]> {
  if (keys.length === 0) return Promise.resolve([]);
  return writeAs(pool, merchantsOf(keys), async (client) => {
    const { rows } = await run<Row>(client, lease, [...columnsOf(keys), owner, seconds]);
    const merchants = await run<Row>(client, readMerchants, [joined(merchantsOf(keys))]);
    const byId = new Map(merchants.rows.map((row) => [row["id"] as string, toMerchant(row)]));
    const opened = rows.map(async (row) => {
      const merchant = byId.get(row["merchant_id"])!;
      return { ...toEndpoint(row), secrets: await endpoints.secretsOf(row), merchant };
    });
    return Promise.all(opened);
  });
}

/** Gives endpoints back, for whoever is next. */
export async function releaseEndpoints(pool: pg.Pool, owner: string, keys: readonly EndpointKey[]): Promise<void> {
  if (keys.length === 0) return;
  await writeAs(pool, merchantsOf(keys), (client) => run(client, release, [...columnsOf(keys), owner]));
}

/**
 * What is due at an endpoint, by customer: at most `most` customers, but those in `without`, and at most `each` notices of one. A
 * customer whose first notice has to wait makes all others of theirs wait.
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

/** Keeps how calls went, many at once. */
export async function saveCalls(pool: pg.Pool, calls: readonly CallMade[]): Promise<void> {
  const merchants = [...new Set(calls.map(({ merchantId }) => merchantId))];
  const ids = [joined(calls.map((c) => c.merchantId)), joined(calls.map((c) => c.noticeId))];
  await writeAs(pool, merchants, async (client) => {
    const last = new Map(calls.map((call) => [call.noticeId, call])); // of several calls about one notice the last one says what becomes of it
    const now = [...last.values()];
    await run(client, settle, [
      joined(now.map((c) => c.merchantId)),
      joined(now.map((c) => c.noticeId)),
      now.map((c) => c.state),
      joined(now.map((c) => c.nextInMs)),
      joined(now.map((c) => c.call.number)),
    ]);
    await run(client, insertCalls, [
      ...ids,
      joined(calls.map((c) => c.call.number)),
      joined(calls.map((c) => c.call.beganAt)),
      joined(calls.map((c) => Math.round(c.call.durationMs))),
      joined(calls.map((c) => c.call.status)),
      calls.map((c) => c.call.fault),
      calls.map((c) => JSON.stringify(c.call.headers)),
      calls.map((c) => c.call.body),
    ]);
  });
}

const merchantsOf = (keys: readonly EndpointKey[]): string[] => [...new Set(keys.map(({ merchantId }) => merchantId))];
const columnsOf = (keys: readonly EndpointKey[]): string[] => [
  joined(keys.map((key) => key.merchantId)),
  joined(keys.map((key) => key.endpointId)),
];

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

const keysOf = "unnest($1::bigint[], $2::bigint[]) as k(merchant_id, id)";
const findDue = { name: "due_endpoints", text: "select * from due_endpoints($1, clock_timestamp(), $2, $3, $4)" };
const forget = {
  name: "forget_notices",
  text: "select forget_notices(clock_timestamp() - $1::integer * interval '1 day', $2) as forgotten",
};
const lease = {
  name: "lease_endpoints",
  text: `update endpoints e set lease_owner = $3, lease_until = clock_timestamp() + $4::integer * interval '1 second'
           from ${keysOf}
          where e.merchant_id = k.merchant_id and e.id = k.id
            and (e.lease_owner = $3 or e.lease_until is null or e.lease_until < clock_timestamp())
         returning e.*`,
};
const readMerchants = { name: "merchants_told", text: "select * from merchants where id = any($1::bigint[])" };
const release = {
  name: "release_endpoints",
  text: `update endpoints e set lease_owner = null, lease_until = null from ${keysOf}
          where e.merchant_id = k.merchant_id and e.id = k.id and e.lease_owner = $3`,
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
/** A notice that was disabled meanwhile, or is a later call's already, stays so. */
const settle = {
  name: "settle_notices",
  text: `update notices n set state = r.state, tries = r.call,
                next_at = case when r.next_ms is not null then clock_timestamp() + r.next_ms * interval '1 millisecond' end,
                done_at = case when r.state = 'completed' then clock_timestamp() end,
                first_fail_at = case when r.state = 'completed' then n.first_fail_at else coalesce(n.first_fail_at, clock_timestamp()) end,
                last_fail_at = case when r.state = 'completed' then n.last_fail_at else clock_timestamp() end
           from unnest($1::bigint[], $2::bigint[], $3::text[], $4::float8[], $5::smallint[]) as r(merchant_id, id, state, next_ms, call)
          where n.merchant_id = r.merchant_id and n.id = r.id and n.next_at is not null`,
};
const insertCalls = {
  name: "insert_notice_calls",
  text: `insert into notice_calls (merchant_id, notice_id, call, began_at, duration_ms, http_status, fault, headers, body)
         select r.merchant_id, r.notice_id, r.call, to_timestamp(r.began_at / 1000), r.duration_ms, r.http_status, r.fault, r.headers::jsonb, r.body
           from unnest($1::bigint[], $2::bigint[], $3::smallint[], $4::float8[], $5::integer[], $6::smallint[], $7::text[], $8::text[], $9::text[])
             as r(merchant_id, notice_id, call, began_at, duration_ms, http_status, fault, headers, body)
         on conflict do nothing`, // another server took it on as well, after this one's lease had run out
};
