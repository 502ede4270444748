import type pg from "pg";
import { run, writeAs } from "./db.ts";
import type { Row } from "./read.ts";
import { joined } from "./rows.ts";

/** How one call to an endpoint went. Instants are milliseconds since 1970. */
export interface NoticeCall {
  readonly number: number;
  readonly beganAt: number;
  readonly durationMs: number;
  readonly status: number | null;
  readonly fault: string | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The same, and what is to become of its notice. */
export interface CallMade {
  readonly merchantId: string;
  readonly noticeId: string;
  readonly state: "completed" | "retrying" | "failed" | "disabled";
  /** Until it is told again, from when this is written; null: no more. */
  readonly nextInMs: number | null;
  readonly call: NoticeCall;
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

/** Forgets what was told, or given up, longer ago than so many days: at most `most` notices, and their calls. Tells how many. */
export const forgetNotices = (pool: pg.Pool, days: number, most: number): Promise<number> =>
  writeAs(pool, [], async (client) => (await run<Row>(client, forget, [days, most])).rows[0]!["forgotten"] as number);

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
const forget = {
  name: "forget_notices",
  text: "select forget_notices(clock_timestamp() - $1::integer * interval '1 day', $2) as forgotten",
};
