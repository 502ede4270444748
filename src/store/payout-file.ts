import type pg from "pg";
import type { Answer, Incident, Send } from "../core/attempt.ts";
import type { Entry } from "../core/ledger.ts";
import type { Payout, PayoutHistory } from "../core/payout.ts";
import { readAll, readAs, run } from "./db.ts";
import { toAnswer, type Row } from "./read.ts";

/** An incident, what it is about as that stands now, and how it ended if it did. */
export type IncidentRecord = Incident & {
  readonly merchantHandle: string;
  readonly payout: Pick<Payout, "handle" | "state" | "amountMinor" | "currency">;
  readonly resolved: { readonly at: number; readonly by: string; readonly reason: string } | null;
};

/** All that is recorded about a payout beside its attempts, oldest first. */
export interface PayoutFile {
  readonly sends: readonly Send[];
  readonly answers: readonly Answer[];
  readonly events: readonly PayoutHistory[];
  readonly entries: readonly (Entry & { readonly at: number })[];
  readonly incidents: readonly IncidentRecord[];
}

/** What an operator reads who has to understand what happened. */
export class PayoutFiles {
  readonly #pool: pg.Pool;
  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  of(merchantId: string, payoutId: string): Promise<PayoutFile> {
    return readAs(this.#pool, merchantId, async (client) => {
      const rows = async (table: string, id: string, order: string) => {
        const text = `select * from ${table} where merchant_id = $1 and ${id} = $2 order by ${order}`;
        return (await run<Row>(client, { name: `file_${table}`, text }, [merchantId, payoutId])).rows;
      };
      return {
        sends: (await rows("sends", "payout_id", "attempt, send")).map(toSend),
        answers: (await rows("answers", "payout_id", "answer")).map(toAnswer),
        events: (await rows("events", "payout_id", "version")).map(toHistory),
        entries: (await rows("entries", "subject_id", `hold, ${entryOrder}`)).map(toEntry),
        incidents: (
          await run<Row>(client, `${readIncidents} where i.merchant_id = $1 and i.payout_id = $2 ${byAge}`, [
            merchantId,
            payoutId,
          ])
        ).rows.map(toRecord),
      };
    });
  }

  /** Of one merchant, or of all; the open ones only, or all. */
  async incidents(merchantId: string | null, openOnly: boolean): Promise<IncidentRecord[]> {
    const text = `${readIncidents} where ($1::bigint is null or i.merchant_id = $1)
                                     and (i.resolved_at is null or not $2) ${byAge} limit 1000`;
    const read = async (client: pg.ClientBase) =>
      (await run<Row>(client, text, [merchantId, openOnly])).rows.map(toRecord);
    return merchantId === null ? readAll(this.#pool, read) : readAs(this.#pool, merchantId, read);
  }
}

/** A hold begins before it ends, and what is given back was settled before. */
const entryOrder = "array_position(array['hold', 'release', 'settle', 'give_back'], kind)";

const readIncidents = `select i.*, p.handle, p.state, p.amount_minor, p.currency, m.handle merchant_handle from incidents i
                         join payouts p on p.merchant_id = i.merchant_id and p.id = i.payout_id
                         join merchants m on m.id = i.merchant_id`;
const byAge = "order by i.created_at, i.merchant_id, i.payout_id, i.version";

const toSend = (r: Row): Send => ({
  merchantId: r.merchant_id,
  payoutId: r.payout_id,
  attempt: r.attempt,
  send: r.send,
  bodyHash: r.body_hash,
  deadlineAt: r.deadline_at,
  at: r.created_at,
});

const toHistory = (r: Row): PayoutHistory => ({
  merchantId: r.merchant_id,
  payoutId: r.payout_id,
  version: r.version,
  kind: r.kind,
  state: r.state,
  attempt: r.attempt,
  at: r.created_at,
});

const toEntry = (r: Row): Entry & { at: number } => ({
  merchantId: r.merchant_id,
  subjectId: r.subject_id,
  hold: r.hold,
  kind: r.kind,
  currency: r.currency,
  amountMinor: BigInt(r.amount_minor),
  at: r.created_at,
});

const toRecord = (r: Row): IncidentRecord => ({
  merchantId: r.merchant_id,
  payoutId: r.payout_id,
  merchantHandle: r.merchant_handle,
  payout: { handle: r.handle, state: r.state, amountMinor: BigInt(r.amount_minor), currency: r.currency },
  version: r.version,
  kind: r.kind,
  facts: r.facts,
  at: r.created_at,
  resolved: r.resolved_at === null ? null : { at: r.resolved_at, by: r.resolved_by, reason: r.reason },
});
