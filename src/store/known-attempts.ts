import type pg from "pg";
import type { PayoutState } from "../core/payout.ts";
import { readAll, readAs, run } from "./db.ts";
import { joined } from "./rows.ts";
import type { Row } from "./read.ts";

/** What this database knows of a reference. */
export interface KnownAttempt {
  readonly merchantId: string;
  readonly payoutId: string;
  readonly attempt: number;
  readonly reference: string;
  readonly rail: string;
  readonly amountMinor: bigint;
  readonly state: PayoutState;
  /** Whether a later attempt has begun. */
  readonly over: boolean;
  /** Intents of a send. */
  readonly sends: number;
  /** An incident of it waits for a person. */
  readonly frozen: boolean;
}

/** What is known of references. */
export interface Known {
  readonly attempts: ReadonlyMap<string, KnownAttempt>;
  /** Merchants by the characters that references begin with. */
  readonly merchants: ReadonlyMap<string, string>;
  /** Those that are kept as forgotten. */
  readonly kept: ReadonlySet<string>;
}

/** Looks references up, of whatever merchants, or of nobody here. */
export async function lookUp(pool: pg.Pool, references: readonly string[]): Promise<Known> {
  const prefixes = [...new Set(references.map(prefixOf))];
  const merchants = await readAs(pool, [], async (client) => {
    const { rows } = await run<Row>(client, readMerchants, [prefixes]);
    return new Map(rows.map((row) => [row["reference_prefix"] as string, row["id"] as string]));
  });
  const ours = references.filter((reference) => merchants.has(prefixOf(reference)));
  if (ours.length === 0) return { attempts: new Map(), merchants, kept: new Set() };
  const ids = ours.map((reference) => merchants.get(prefixOf(reference))!);
  return readAs(pool, [...new Set(ids)], async (client) => {
    const attempts = (await run<Row>(client, readAttempts, [joined(ids), ours])).rows.map(toKnown);
    const kept = (await run<Row>(client, readReminded, [joined(ids), ours])).rows;
    return {
      attempts: new Map(attempts.map((attempt) => [attempt.reference, attempt])),
      merchants,
      kept: new Set(kept.map(({ reference }) => reference as string)),
    };
  });
}

/** The characters of a reference that name its merchant. */
export const prefixOf = (reference: string): string => reference.slice(0, 6);

/** Payouts that would be sent if dispatch were armed. */
export const countQueued = (pool: pg.Pool): Promise<number> =>
  readAll(pool, async (client) => {
    const text = "select count(*)::int as n from payouts where state = 'queued' and next_at is not null and not frozen";
    return (await run<Row>(client, text)).rows[0]!["n"] as number;
  });

/** The latest references of a merchant's failed payouts, those that failed first first, a page after `after`. */
export const readFailed = (
  pool: pg.Pool,
  merchantId: string,
  after: { readonly failedAt: number; readonly id: string },
): Promise<{ id: string; reference: string; failedAt: number }[]> =>
  readAs(pool, merchantId, async (client) => {
    const { rows } = await run<Row>(client, readLatest, [merchantId, after.failedAt, after.id]);
    return rows.map((row) => ({ id: row["id"], reference: row["reference"], failedAt: row["failed_at"] }));
  });

const readMerchants = "select id, reference_prefix from merchants where reference_prefix = any ($1::text[])";
const readAttempts = `
  select a.*, p.state, p.frozen, p.attempt > a.attempt as over,
         (select count(*)::int from sends s
           where s.merchant_id = a.merchant_id and s.payout_id = a.payout_id and s.attempt = a.attempt) as sends
    from unnest($1::bigint[], $2::text[]) as k(merchant_id, reference)
    join attempts a using (merchant_id, reference)
    join payouts p on p.merchant_id = a.merchant_id and p.id = a.payout_id`;
const readReminded = `
  select reference from unnest($1::bigint[], $2::text[]) as k(merchant_id, reference)
    join forgotten_transfers f using (merchant_id, reference)`;
const readLatest = `
  select p.id, p.failed_at, a.reference
    from payouts p join attempts a on a.merchant_id = p.merchant_id and a.payout_id = p.id and a.attempt = p.attempt
   where p.merchant_id = $1 and p.state = 'failed' and (p.failed_at, p.id) > (to_timestamp($2::float8 / 1000), $3)
   order by p.failed_at, p.id limit 1000`;

const toKnown = (r: Row): KnownAttempt => ({
  merchantId: r["merchant_id"],
  payoutId: r["payout_id"],
  attempt: r["attempt"],
  reference: r["reference"],
  rail: r["rail"],
  amountMinor: BigInt(r["amount_minor"]),
  state: r["state"],
  over: r["over"],
  sends: r["sends"],
  frozen: r["frozen"],
});
