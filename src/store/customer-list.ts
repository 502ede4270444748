import type pg from "pg";
import { customerFields, type Customer } from "../core/parties.ts";
import { Conditions, asksForNul } from "./conditions.ts";
import { run } from "./db.ts";
import type { CustomerFilter, CustomerSearch, Page } from "./filters.ts";
import { readPage } from "./paging.ts";
import { toCustomer, type Row } from "./read.ts";

const select = "select c.* from customers c";
const ofMerchant = (merchantId: string) => new Conditions([merchantId], "c.merchant_id = $1", "c.deleted_at is null");
const fullName = "lower(concat_ws(' ', c.details->>'first_name', c.details->>'last_name'))";

/** One page of a merchant's customers, by when they came. Those that were deleted are in no list. */
export async function listCustomers(
  client: pg.ClientBase,
  merchantId: string,
  filter: CustomerFilter,
): Promise<Page<Customer>> {
  if (asksForNul(filter) || asksForNul(filter.details ?? {})) return { rows: [], next: null };
  const where = ofMerchant(merchantId)
    .on(filter.handle, (handle) => `c.handle = ${handle}`)
    .on(filter.handlePrefix, (prefix) => `c.handle ^@ ${prefix}`)
    .on(filter.handleContains, (part) => `strpos(c.handle, ${part}) > 0`)
    .on(filter.name, (name) => `strpos(${fullName}, lower(${name})) > 0`)
    .on(filter.emailPrefix, (prefix) => `lower(c.details->>'email') ^@ lower(${prefix})`)
    .on(filter.debtorId, (id) => `c.debtor_id = ${id}::bigint`);
  for (const field of customerFields)
    where.on(filter.details?.[field], (value) => `lower(c.details->>'${field}') = lower(${value})`);
  const { rows, next } = await readPage(client, select, where, { at: "c.created_at", id: "c.handle" }, filter);
  return { rows: rows.map(toCustomer), next };
}

const sortedBy: Record<CustomerSearch["sort"], string> = {
  created: "c.created_at",
  handle: "c.handle",
  email: "lower(c.details->>'email')",
  first_name: "lower(c.details->>'first_name')",
  last_name: "lower(c.details->>'last_name')",
};

/** The customers that hold a text, and how many there are in all. */
export async function searchCustomers(
  client: pg.ClientBase,
  merchantId: string,
  { text, sort, descending, offset, limit }: CustomerSearch,
): Promise<{ rows: Customer[]; total: number }> {
  if (text?.includes("\0") === true) return { rows: [], total: 0 };
  const held = `lower(concat_ws(' ', c.handle, ${fullName}, c.details->>'company', c.details->>'email'))`;
  const where = ofMerchant(merchantId).on(text ?? undefined, (part) => `strpos(${held}, lower(${part})) > 0`);
  const counted = await run<Row>(client, `select count(*) as total from customers c where ${where.text}`, where.values);
  const direction = descending ? "desc" : "asc";
  const order = `order by ${sortedBy[sort]} ${direction} nulls last, c.handle ${direction}`;
  const places = `limit ${where.place(limit)} offset ${where.place(offset)}`;
  const { rows } = await run<Row>(client, `${select} where ${where.text} ${order} ${places}`, where.values);
  return { rows: rows.map(toCustomer), total: Number(counted.rows[0]!["total"]) };
}
