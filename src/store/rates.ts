import type pg from "pg";
import { readAs, run, writeAs } from "./db.ts";
import type { Row } from "./read.ts";

/** What one of `source` is worth in `target`. */
export interface Rate {
  readonly source: string;
  readonly target: string;
  /** Decimal text: it is never made a float, which could not hold it. */
  readonly rate: string;
  readonly changedAt: number;
}

/** The exchange rates that the operator set for a merchant, each direction on its own. */
export class Rates {
  readonly #pool: pg.Pool;
  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  async list(merchantId: string): Promise<Rate[]> {
    return readAs(this.#pool, merchantId, async (client) =>
      (await run<Row>(client, list, [merchantId])).rows.map(toRate),
    );
  }

  async set(merchantId: string, { source, target, rate }: Omit<Rate, "changedAt">): Promise<Rate> {
    return writeAs(this.#pool, [merchantId], async (client) => {
      return toRate((await run<Row>(client, set, [merchantId, source, target, rate])).rows[0]!);
    });
  }

  /** The rate that was removed; undefined: there was none. */
  async remove(merchantId: string, source: string, target: string): Promise<Rate | undefined> {
    return writeAs(this.#pool, [merchantId], async (client) => {
      return (await run<Row>(client, remove, [merchantId, source, target])).rows.map(toRate)[0];
    });
  }
}

const toRate = (r: Row): Rate => ({ source: r.source, target: r.target, rate: r.rate, changedAt: r.changed_at });

const list = "select * from rates where merchant_id = $1 order by source, target";
const set = `
  insert into rates (merchant_id, source, target, rate, changed_at)
  values ($1, $2, $3, $4::numeric, date_trunc('milliseconds', clock_timestamp()))
  on conflict (merchant_id, source, target) do update set rate = excluded.rate, changed_at = excluded.changed_at
  returning *`;
const remove = "delete from rates where merchant_id = $1 and source = $2 and target = $3 returning *";
