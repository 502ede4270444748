import type pg from "pg";
import type { Payout } from "../core/payout.ts";
import { Conditions, asksForNul } from "./conditions.ts";
import type { Interval, Page, PayoutFilter } from "./filters.ts";
import { readPage } from "./paging.ts";
import { toPayout } from "./read.ts";

/** One page of a merchant's payouts. The range of instants bounds the work; every other filter thins out what it finds. */
export async function listPayouts(
  client: pg.ClientBase,
  merchantId: string,
  filter: PayoutFilter,
): Promise<Page<Payout>> {
  if (asksForNul(filter)) return { rows: [], next: null };
  const where = new Conditions([merchantId], "p.merchant_id = $1");
  where
    .on(filter.handle, (handle) => `p.id in (${idsNamed(`n.name = ${handle}`)})`)
    .on(filter.handlePrefix, (prefix) => `p.id in (${idsNamed(`n.name ^@ ${prefix}`)})`)
    .on(filter.handleContains, (part) => `strpos(p.handle, ${part}) > 0`)
    .on(filter.customer, (customer) => `p.customer = ${customer}`)
    .on(filter.states, (states) => `p.state = any(${states}::text[])`)
    .on(filter.currencies, (currencies) => `p.currency = any(${currencies}::text[])`)
    .on(filter.mostMinor, (most) => `p.amount_minor <= ${most}::bigint`);
  between(where, filter.amountMinor);
  byCard(where, filter);
  const columns = { at: `p.${ranges[filter.range]}`, id: "p.id" } as const;
  const { rows, next } = await readPage(client, "select p.* from payouts p", where, columns, filter);
  return { rows: rows.map(toPayout), next };
}

const ranges = { created: "created_at", paid: "paid_at", failed: "failed_at" } as const;

/** By way of the names, whose index finds a handle and what a handle begins with. */
const idsNamed = (condition: string): string =>
  `select n.id from names n where n.merchant_id = $1 and n.kind = 'payout' and ${condition}`;

function between(where: Conditions, interval: Interval<bigint> | undefined): void {
  const { from, to } = interval ?? {};
  where.on(from?.value, (least) => `p.amount_minor ${from?.inclusive === true ? ">=" : ">"} ${least}::bigint`);
  where.on(to?.value, (most) => `p.amount_minor ${to?.inclusive === true ? "<=" : "<"} ${most}::bigint`);
}

/** Payouts of which one attempt went to a card like that: all that is asked of the card has to be true of the same one. */
function byCard(where: Conditions, filter: PayoutFilter): void {
  const card = new Conditions(where.values)
    .on(filter.methodId, (id) => `a.method_id = ${id}`)
    .on(filter.brand, (brand) => `v.brand = ${brand}`)
    .on(filter.cardPrefix, (digits) => `v.kind = 'card' and v.masked ^@ ${digits}`)
    .on(filter.cardPostfix, (digits) => `v.kind = 'card' and right(v.masked, length(${digits})) = ${digits}`)
    .on(filter.fingerprint, (fingerprint) => `v.fingerprint = ${fingerprint}`);
  if (card.count === 0) return;
  where.add(`exists (select from attempts a join vault v on v.merchant_id = a.merchant_id and v.id = a.vault_id
                      where a.merchant_id = $1 and a.payout_id = p.id and ${card.text})`);
}
