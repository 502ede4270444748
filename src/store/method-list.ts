import type pg from "pg";
import type { Method } from "../core/parties.ts";
import { Conditions, asksForNul, instant } from "./conditions.ts";
import type { MethodFilter, Page } from "./filters.ts";
import { readPage } from "./paging.ts";
import { toMethod, vaultColumns } from "./read.ts";

/** One page of a merchant's saved payment methods, by when they were saved. */
export async function listMethods(
  client: pg.ClientBase,
  merchantId: string,
  filter: MethodFilter,
): Promise<Page<Method>> {
  if (asksForNul(filter)) return { rows: [], next: null };
  const where = new Conditions([merchantId], "m.merchant_id = $1")
    .on(filter.id, (id) => `m.id = ${id}`)
    .on(filter.states, (states) => `m.state = any(${states}::text[])`)
    .on(filter.customer, (customer) => `m.customer = ${customer}`)
    .on(filter.reference, (reference) => `m.reference = ${reference}`)
    .on(filter.brands, (brands) => `v.brand = any(${brands}::text[])`)
    .on(filter.cardPrefix, (digits) => `v.kind = 'card' and v.masked ^@ ${digits}`)
    .on(filter.cardPostfix, (digits) => `v.kind = 'card' and right(v.masked, length(${digits})) = ${digits}`)
    .on(filter.fingerprint, (fingerprint) => `v.fingerprint = ${fingerprint}`);
  const { from, to } = filter.failed ?? {};
  where
    .on(from?.value, (at) => `m.failed_at ${from?.inclusive === true ? ">=" : ">"} ${instant(at)}`)
    .on(to?.value, (at) => `m.failed_at ${to?.inclusive === true ? "<=" : "<"} ${instant(at)}`);
  if (filter.failed !== undefined) where.add("m.failed_at is not null");
  const select = `select m.*, ${vaultColumns}
                    from payment_methods m join vault v on v.merchant_id = m.merchant_id and v.id = m.vault_id`;
  const { rows, next } = await readPage(client, select, where, { at: "m.created_at", id: "m.id" }, filter);
  return { rows: rows.map(toMethod), next };
}
