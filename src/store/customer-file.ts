import type pg from "pg";
import type { CustomerEvent } from "../core/notice.ts";
import type { Customer, Erasure, Method } from "../core/parties.ts";
import type { PayoutHistory } from "../core/payout.ts";
import type { Story } from "../core/story.ts";
import { readAs, run, writeAs } from "./db.ts";
import { joined } from "./rows.ts";
import { toCustomer, toMethod, toPayout, vaultColumns, type Row } from "./read.ts";
import { tellStories } from "./stories.ts";

/** All that is kept of one customer, oldest first. */
export interface CustomerFile {
  readonly customer: Customer;
  readonly methods: readonly Method[];
  readonly payouts: readonly (Story & { readonly events: readonly PayoutHistory[] })[];
  readonly events: readonly CustomerEvent[];
  readonly erasures: readonly Erasure[];
}

/** What of a customer was destroyed by an erasure. */
export interface Erased {
  readonly cards: number;
  readonly payouts: number;
}

/** Payouts that are read, or cleaned, at once. */
const portion = 500;

/** What an operator owes to a person: to hand out all that is kept of them, and to destroy what need not be. */
export class CustomerFiles {
  readonly #pool: pg.Pool;
  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  /** All of it as of one moment. */
  of(merchantId: string, handle: string): Promise<CustomerFile | undefined> {
    return readAs(this.#pool, merchantId, async (client) => {
      const rows = async (text: string) => (await run<Row>(client, text, [merchantId, handle])).rows;
      const customer = (await rows("select * from customers where merchant_id = $1 and handle = $2")).map(
        toCustomer,
      )[0];
      if (customer === undefined) return undefined;
      const payouts: (Story & { events: PayoutHistory[] })[] = [];
      for await (const page of pagesOf(client, merchantId, handle)) {
        const stories = await tellStories(client, merchantId, page.map(toPayout));
        const events = await run<Row>(client, readEvents, [merchantId, joined(page.map((row) => row.id as string))]);
        for (const story of stories) {
          const theirs = events.rows.filter((row) => row.payout_id === story.payout.id);
          payouts.push({ ...story, events: theirs.map(toHistory) });
        }
      }
      return {
        customer,
        methods: (await rows(readMethods)).map(toMethod),
        payouts,
        events: (await rows(readCustomerEvents)).map(toCustomerEvent),
        erasures: (await rows(readErasures)).map(toErasure),
      };
    });
  }

  /**
   * Destroys what an erased customer leaves behind: the cards of its methods and payouts, unless another customer, who is still
   * there, has the same card in the same place; and the free text of its payouts. Payouts, attempts and the ledger stay. May be
   * done again, from the beginning, whatever stopped it.
   *
   * Only for a customer that was deleted: nothing of theirs is under way then, and nothing will be, so no send needs a card.
   */
  async erase(merchantId: string, handle: string): Promise<Erased> {
    const key = [merchantId, handle];
    const cards = await writeAs(this.#pool, [merchantId], async (client) => {
      return (await run(client, destroyCards, key)).rowCount ?? 0;
    });
    let payouts = 0;
    for (let after = "0"; ;) {
      const last = await writeAs(this.#pool, [merchantId], async (client) => {
        const page = (await run<Row>(client, pageAfter, [...key, after, portion])).rows;
        const ids = joined(page.map((row) => row.id as string));
        await run(client, clearStatements, [merchantId, ids]);
        payouts += (await run(client, clearTexts, [merchantId, ids])).rowCount ?? 0;
        return page.length < portion ? undefined : (page.at(-1)!.id as string);
      });
      if (last === undefined) return { cards, payouts };
      after = last;
    }
  }
}

async function* pagesOf(client: pg.ClientBase, merchantId: string, handle: string): AsyncGenerator<Row[]> {
  for (let after = "0"; ;) {
    const { rows } = await run<Row>(client, pageAfter, [merchantId, handle, after, portion]);
    if (rows.length > 0) yield rows;
    if (rows.length < portion) return;
    after = rows.at(-1)!.id as string;
  }
}

/** Ids grow with time, so their order is that of the payouts. */
const pageAfter = `select * from payouts where merchant_id = $1 and customer = $2 and id > $3 order by id limit $4`;
const readEvents = `select * from events where merchant_id = $1 and payout_id = any($2::bigint[]) order by payout_id, version`;
const readMethods = `select m.*, ${vaultColumns}
                       from payment_methods m join vault v on v.merchant_id = m.merchant_id and v.id = m.vault_id
                      where m.merchant_id = $1 and m.customer = $2 order by m.created_at, m.id`;
const readCustomerEvents = `select * from customer_events where merchant_id = $1 and customer = $2 order by created_at, id`;
const readErasures = `select * from erasures where merchant_id = $1 and customer = $2 order by created_at`;

/**
 * The place stays, because attempts refer to it; nothing in it tells of the card but its brand. All destroyed cards have one
 * fingerprint, so that the cards of one method stay alike.
 */
const destroyCards = `
  with gone as (select deleted_at from customers where merchant_id = $1 and handle = $2 and deleted_at is not null),
       theirs as (select vault_id from payment_methods where merchant_id = $1 and customer = $2
                   union
                  select a.vault_id from payouts p join attempts a on a.merchant_id = p.merchant_id and a.payout_id = p.id
                   where p.merchant_id = $1 and p.customer = $2)
  update vault v
     set sealed = '', data_key = null, fingerprint = 'cst_00000000000000000000000000000000', masked = '', exp_month = null, exp_year = null,
         amount_table = false, erased_at = clock_timestamp()
   where v.merchant_id = $1 and v.id in (select vault_id from theirs) and v.erased_at is null and exists (select from gone)
     and not exists (select from payment_methods m where m.merchant_id = $1 and m.vault_id = v.id and m.customer <> $2
                        and not exists (select from customers c where c.merchant_id = $1 and c.handle = m.customer
                                           and c.deleted_at is not null))`;
const clearStatements = `
  update attempts set statement_text = null
   where merchant_id = $1 and payout_id = any($2::bigint[]) and statement_text is not null`;
const clearTexts = `update payouts set text = null where merchant_id = $1 and id = any($2::bigint[]) and text is not null`;

const toHistory = (r: Row): PayoutHistory => ({
  merchantId: r.merchant_id,
  payoutId: r.payout_id,
  version: r.version,
  kind: r.kind,
  state: r.state,
  attempt: r.attempt,
  at: r.created_at,
});
const toCustomerEvent = (r: Row): CustomerEvent => ({
  merchantId: r.merchant_id,
  id: r.id,
  kind: r.kind,
  customer: r.customer,
  methodId: r.method_id,
  at: r.created_at,
});
const toErasure = (r: Row): Erasure => ({
  merchantId: r.merchant_id,
  customer: r.customer,
  by: r.by_whom,
  reason: r.reason,
  at: r.created_at,
});
