import type pg from "pg";
import type { EndpointFormat, EndpointSecrets } from "../core/endpoint.ts";
import type { Topic } from "../core/notice.ts";
import type { Merchant } from "../core/parties.ts";
import { Conditions } from "./conditions.ts";
import { readAs, run, writeAs } from "./db.ts";
import { lockMerchant, toEndpoint, type Endpoints } from "./endpoints.ts";
import type { Page, Position } from "./filters.ts";
import { subject, toSubject, type DueNotice } from "./due-notices.ts";
import type { EndpointKey } from "./endpoint-leases.ts";
import type { NoticeCall } from "./notice-calls.ts";
import { readPage } from "./paging.ts";
import { toMerchant, toPayout, type Row } from "./read.ts";
import { joined } from "./rows.ts";
import { inTime } from "./slow.ts";
import { tellStories } from "./stories.ts";

export const noticeStates = ["pending", "retrying", "disabled", "failed", "completed"] as const;
export type NoticeState = (typeof noticeStates)[number];

/** A notice as those look at it who ask what became of it. Instants are milliseconds since 1970. */
export interface ToldNotice extends DueNotice {
  readonly state: NoticeState;
  readonly nextAt: number | null;
  readonly firstFailAt: number | null;
  readonly lastFailAt: number | null;
  readonly doneAt: number | null;
  readonly endpoint: ReturnType<typeof toEndpoint> & { readonly secrets: EndpointSecrets; readonly merchant: Merchant };
}

/** Absent: not filtered. */
export interface NoticeFilter {
  readonly format?: EndpointFormat;
  readonly endpointId?: string;
  readonly states?: readonly NoticeState[];
  readonly topics?: readonly Topic[];
  /** All notices of one event. */
  readonly event?: { readonly subjectId: string; readonly version: number };
  /** Half open, in milliseconds since 1970. */
  readonly from: number;
  readonly to: number;
  readonly after: Position | null;
  readonly size: number;
}

/** One notice, or all of one event. */
export type NoticeName = { readonly noticeId: string } | { readonly subjectId: string; readonly version: number };

/** What is changed of notices: told again now, told no more, or told at another endpoint. */
export type NoticeChange =
  { readonly to: "pending" } | { readonly to: "disabled" } | { readonly to: "moved"; readonly endpointId: string };

/** What merchants have been told and what they wait for, to be looked at and begun anew. */
export class Told {
  readonly #pool: pg.Pool;
  readonly #endpoints: Endpoints;
  constructor(pool: pg.Pool, endpoints: Endpoints) {
    this.#pool = pool;
    this.#endpoints = endpoints;
  }

  /** Newest first. */
  page(merchantId: string, filter: NoticeFilter): Promise<Page<ToldNotice>> {
    const where = new Conditions([merchantId], "n.merchant_id = $1");
    where
      .on(filter.format, (format) => `d.format = ${format}`)
      .on(filter.endpointId, (id) => `n.endpoint_id = ${id}::bigint`)
      .on(filter.states, (states) => `n.state = any(${states}::text[])`)
      .on(filter.topics, (topics) => `coalesce(e.kind || '/' || e.state, c.kind) = any(${topics}::text[])`)
      .on(filter.event?.subjectId, (id) => `n.subject_id = ${id}::bigint`)
      .on(filter.event?.version, (version) => `n.version = ${version}::integer`);
    const read = async (client: pg.ClientBase): Promise<Page<ToldNotice>> => {
      const { rows, next } = await readPage(client, select, where, { at: "n.created_at", id: "n.id" }, filter);
      return { rows: await this.#tell(client, merchantId, rows), next };
    };
    return inTime(readAs(this.#pool, merchantId, read));
  }

  /** Those that are named, in the order of their numbers; undefined: a name stands for none. */
  named(merchantId: string, format: EndpointFormat, names: readonly NoticeName[]): Promise<ToldNotice[] | undefined> {
    return inTime(
      readAs(this.#pool, merchantId, async (client) => {
        const ids = await find(client, merchantId, format, names);
        return ids === undefined ? undefined : this.#read(client, merchantId, ids);
      }),
    );
  }

  /** Each time that it was tried, oldest first. */
  calls(merchantId: string, noticeId: string): Promise<NoticeCall[]> {
    return readAs(this.#pool, merchantId, async (client) => {
      const text = "select * from notice_calls where merchant_id = $1 and notice_id = $2 order by call";
      const { rows } = await run<Row>(client, { name: "notice_calls", text }, [merchantId, noticeId]);
      return rows.map((r) => ({
        number: r.call,
        beganAt: r.began_at,
        durationMs: r.duration_ms,
        status: r.http_status,
        fault: r.fault,
        headers: r.headers,
        body: r.body,
      }));
    });
  }

  /**
   * Changes those that are named, all or none. `decide` sees them as they are, and nobody else changes them until it is done; what it
   * answers instead of a change is given back. Undefined: a name stands for none.
   */
  change<E extends object>(
    merchantId: string,
    format: EndpointFormat,
    names: readonly NoticeName[],
    decide: (client: pg.ClientBase, notices: readonly ToldNotice[]) => Promise<NoticeChange | E>,
  ): Promise<ToldNotice[] | E | undefined> {
    return writeAs(this.#pool, [merchantId], async (client) => {
      await lockMerchant(client, merchantId); // before notices: so does whoever disables an endpoint
      const ids = await find(client, merchantId, format, names);
      if (ids === undefined) return undefined;
      await run(client, lockNotices, [merchantId, joined(ids)]);
      const decided = await decide(client, await this.#read(client, merchantId, ids));
      if (!isChange(decided)) return decided;
      if (decided.to === "disabled") await run(client, disable, [merchantId, joined(ids)]);
      else await run(client, again, [merchantId, joined(ids), decided.to === "moved" ? decided.endpointId : null]);
      return this.#read(client, merchantId, ids);
    });
  }

  /**
   * Has all notices of an endpoint that are in a state told again, at most `most`: the oldest. Tells how many; undefined: nothing is sent
   * there, because it was removed or disabled.
   */
  resendAll(merchantId: string, endpointId: string, state: NoticeState, most: number): Promise<number | undefined> {
    return writeAs(this.#pool, [merchantId], async (client) => {
      await lockMerchant(client, merchantId);
      if ((await run(client, isOpen, [merchantId, endpointId])).rows.length === 0) return undefined;
      const { rows } = await run<Row>(client, lockAll, [merchantId, endpointId, state, most]);
      if (rows.length > 0) await run(client, again, [merchantId, joined(rows.map((row) => row["id"] as string)), null]);
      return rows.length;
    });
  }

  async #read(client: pg.ClientBase, merchantId: string, ids: readonly string[]): Promise<ToldNotice[]> {
    const text = `${select} where n.merchant_id = $1 and n.id = any($2::bigint[]) order by n.id`;
    const { rows } = await run<Row>(client, { name: "notices_told", text }, [merchantId, joined(ids)]);
    return this.#tell(client, merchantId, rows);
  }

  async #tell(client: pg.ClientBase, merchantId: string, rows: readonly Row[]): Promise<ToldNotice[]> {
    if (rows.length === 0) return [];
    const distinct = (values: readonly string[]) => joined([...new Set(values)]);
    const read = async (text: string, ids: string) => (await run<Row>(client, text, [merchantId, ids])).rows;
    const payoutIds = rows.filter((row) => row["version"] > 0).map((row) => row["subject_id"] as string);
    const payouts = payoutIds.length === 0 ? [] : await read(readPayouts, distinct(payoutIds));
    const stories = await tellStories(client, merchantId, payouts.map(toPayout));
    const byId = new Map(stories.map((story) => [story.payout.id, story]));
    const merchant = toMerchant((await run<Row>(client, readMerchant, [merchantId])).rows[0]!);
    const endpoints = await read(readEndpoints, distinct(rows.map((row) => row["endpoint_id"] as string)));
    const opened = endpoints.map(async (row) => {
      const secrets = await this.#endpoints.secretsOf(row);
      return [row["id"] as string, { ...toEndpoint(row), secrets, merchant }] as const;
    });
    const open = new Map(await Promise.all(opened));
    return rows.map((row) => ({
      id: row["id"],
      customer: row["customer"],
      tries: row["tries"],
      createdAt: row["created_at"],
      about: toSubject(row, merchantId, row["subject_id"], byId),
      state: row["state"],
      nextAt: row["next_at"],
      firstFailAt: row["first_fail_at"],
      lastFailAt: row["last_fail_at"],
      doneAt: row["done_at"],
      endpoint: open.get(row["endpoint_id"])!,
    }));
  }
}

const isChange = (value: object): value is NoticeChange => "to" in value;

/** Whom to wake for these. */
export const keysOf = (notices: readonly ToldNotice[]): EndpointKey[] =>
  notices.map(({ endpoint }) => ({ merchantId: endpoint.merchantId, endpointId: endpoint.id }));

/** The numbers of the notices that are named; undefined: a name stands for none of this format. */
async function find(
  client: pg.ClientBase,
  merchantId: string,
  format: EndpointFormat,
  names: readonly NoticeName[],
): Promise<string[] | undefined> {
  const ids = names.flatMap((name) => ("noticeId" in name ? [name.noticeId] : []));
  const events = names.flatMap((name) => ("noticeId" in name ? [] : [name]));
  const { rows } = await run<Row>(client, findNotices, [
    merchantId,
    format,
    joined(ids),
    joined(events.map(({ subjectId }) => subjectId)),
    joined(events.map(({ version }) => version)),
  ]);
  const found = new Set(rows.flatMap((row) => [`n ${row["id"]}`, `e ${row["subject_id"]} ${row["version"]}`]));
  const all =
    ids.every((id) => found.has(`n ${id}`)) && events.every((one) => found.has(`e ${one.subjectId} ${one.version}`));
  return all && names.length > 0 ? [...new Set(rows.map((row) => row["id"] as string))] : undefined;
}

const select = `select n.*, ${subject.columns}
  from notices n join endpoints d on d.merchant_id = n.merchant_id and d.id = n.endpoint_id ${subject.from}`;
const readPayouts = "select * from payouts where merchant_id = $1 and id = any($2::bigint[])";
const readEndpoints = "select * from endpoints where merchant_id = $1 and id = any($2::bigint[])";
const readMerchant = "select * from merchants where id = $1";
const findNotices = {
  name: "find_notices",
  text: `select n.id, n.subject_id, n.version from notices n join endpoints d on d.merchant_id = n.merchant_id and d.id = n.endpoint_id
          where n.merchant_id = $1 and d.format = $2 and n.id = any($3::bigint[])
         union
         select n.id, n.subject_id, n.version from unnest($4::bigint[], $5::integer[]) as k(subject_id, version)
           join notices n on n.merchant_id = $1 and n.subject_id = k.subject_id and n.version = k.version
           join endpoints d on d.merchant_id = n.merchant_id and d.id = n.endpoint_id and d.format = $2
          order by id`,
};
/** In one order, so that two who change the same notices wait for one another. */
const lockNotices =
  "select from notices where merchant_id = $1 and id = any($2::bigint[]) order by id for no key update";
const lockAll = `select id from notices where merchant_id = $1 and endpoint_id = $2 and state = $3 order by id limit $4 for no key update`;
const isOpen =
  "select from endpoints where merchant_id = $1 and id = $2 and removed_at is null and disabled_at is null";
const again = `
  update notices set state = 'pending', next_at = clock_timestamp(), done_at = null, endpoint_id = coalesce($3::bigint, endpoint_id)
   where merchant_id = $1 and id = any($2::bigint[])`;
const disable = `
  update notices set state = 'disabled', next_at = null
   where merchant_id = $1 and id = any($2::bigint[]) and state <> 'completed'`;
