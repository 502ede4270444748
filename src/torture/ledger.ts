import pg from "pg";

/** A payout as our books have it. */
export interface LedgerPayout {
  readonly merchantId: string;
  readonly id: string;
  /** What its client knows it by: its handle, or the idempotence key of its create. */
  readonly name: string;
  readonly dialect: "frisbii" | "worldline";
  readonly state: string;
  readonly amountMinor: number;
  readonly currency: string;
  readonly frozen: boolean;
  /** Not to be sent before a day that is still to come. */
  readonly isForLater: boolean;
  readonly references: readonly string[];
}

/** A merchant's accounts in one currency, in minor units. */
export interface LedgerAccount {
  readonly merchantId: string;
  readonly currency: string;
  readonly availableMinor: bigint;
  readonly heldMinor: bigint;
  readonly paidOutMinor: bigint;
  readonly fundingMinor: bigint;
}

export interface Ledger {
  readonly payouts: readonly LedgerPayout[];
  readonly accounts: readonly LedgerAccount[];
  /** The committed intent of each send, as `reference/number`, and until when it may leave (milliseconds since 1970). */
  readonly sends: ReadonlyMap<string, number>;
}

/** Reads our books directly, past the server, in one snapshot. */
export async function readLedger(url: string): Promise<Ledger> {
  const client = new pg.Client({ connectionString: url, application_name: "torture" });
  client.on("error", () => {});
  await client.connect();
  try {
    await client.query("begin isolation level repeatable read read only");
    const payouts = await client.query<Row>(payoutsSql);
    const accounts = await client.query<Row>("select * from accounts");
    const sends = await client.query<Row>(sendsSql);
    return {
      payouts: payouts.rows.map(toPayout),
      accounts: accounts.rows.map(toAccount),
      sends: new Map(sends.rows.map((row: Row) => [row.send, row.deadline])),
    };
  } finally {
    await client.end();
  }
}

/** Payouts that are under way. */
export async function countOpen(url: string): Promise<number> {
  const client = new pg.Client({ connectionString: url, application_name: "torture" });
  client.on("error", () => {});
  await client.connect();
  try {
    const { rows } = await client.query<Row>(`select count(*)::int as open from payouts where ${isOpen}`);
    return rows[0].open;
  } finally {
    await client.end();
  }
}

type Row = any;

const isForLater = "state = 'queued' and next_at > now() + interval '1 hour'";
const isOpen = `state in ('queued', 'sent', 'accepted', 'in_doubt') and not (${isForLater}) and not frozen`;

const payoutsSql = `
  select p.merchant_id, p.id, coalesce(substr(n.name, 8), p.handle) as name, p.door, p.state, p.amount_minor, p.currency, p.frozen,
         ${isForLater} as is_for_later, a.list as attempts
    from payouts p
    left join lateral (select array_agg(reference) as list from attempts a
                        where a.merchant_id = p.merchant_id and a.payout_id = p.id) a on true
    left join names n on p.door = 'worldline' and n.merchant_id = p.merchant_id and n.id = p.id
                     and n.kind = 'idempotence' and n.name like 'create %'`;
const sendsSql = `
  select a.reference || '/' || s.send as send, extract(epoch from s.deadline_at)::float8 * 1000 as deadline
    from sends s join attempts a using (merchant_id, payout_id, attempt)`;

const toPayout = (row: Row): LedgerPayout => ({
  merchantId: row.merchant_id,
  id: row.id,
  name: row.name,
  dialect: row.door,
  state: row.state,
  amountMinor: Number(row.amount_minor),
  currency: row.currency,
  frozen: row.frozen,
  isForLater: row.is_for_later,
  references: row.attempts ?? [],
});

const toAccount = (row: Row): LedgerAccount => ({
  merchantId: row.merchant_id,
  currency: row.currency,
  availableMinor: BigInt(row.available_minor),
  heldMinor: BigInt(row.held_minor),
  paidOutMinor: BigInt(row.paid_out_minor),
  fundingMinor: BigInt(row.funding_minor),
});
