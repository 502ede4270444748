import { isRefusal, refuse } from "../../core/refusal.ts";
import { deleteCustomer as remove, updateCustomer as update } from "../../flow/change-customer.ts";
import { createCustomer as create } from "../../flow/customer.ts";
import { customerDraft } from "./customer-body.ts";
import { readCustomerFilter, readCustomerSearch } from "./customer-filter.ts";
import { readUpdate } from "./customer-update.ts";
import { tellCustomer } from "./customer.ts";
import { isApiError } from "./errors.ts";
import { tellList } from "./list.ts";
import type { Operation } from "./operation.ts";
import { withHandle } from "./payer.ts";
import { isHandle } from "./texts.ts";

export const createCustomer: Operation = async ({ services, merchants }, asked, merchantId) => {
  const draft = customerDraft(asked.body, "");
  if (isApiError(draft)) return draft;
  const merchant = await merchants.of(merchantId, asked.now);
  const created = await withHandle(services, merchantId, draft, (customer) =>
    services.commit(create(merchantId, services.ids.row(), customer)),
  );
  return isRefusal(created) ? created : { body: tellCustomer(created.customer, merchant) };
};

export const getCustomer: Operation = async ({ services, merchants }, asked, merchantId) => {
  const handle = asked.params["handle"]!;
  const customer = isHandle(handle) ? await services.reader.customer(merchantId, handle) : undefined;
  if (customer === undefined) return refuse("unknown_customer");
  return { body: tellCustomer(customer, await merchants.of(merchantId, asked.now)) };
};

export const updateCustomer: Operation = async ({ services, merchants }, asked, merchantId) => {
  const handle = asked.params["handle"]!;
  if (!isHandle(handle)) return refuse("unknown_customer");
  const change = readUpdate(asked.body);
  if (isApiError(change)) return change;
  const merchant = await merchants.of(merchantId, asked.now); // before the commit: after it, nothing may fail
  const updated = await services.commit(update(merchantId, handle, services.ids.row(), change));
  return isRefusal(updated) ? updated : { body: tellCustomer(updated.customer, merchant) };
};

export const deleteCustomer: Operation = async ({ services, merchants }, asked, merchantId) => {
  const handle = asked.params["handle"]!;
  if (!isHandle(handle)) return refuse("unknown_customer");
  const merchant = await merchants.of(merchantId, asked.now);
  const deleted = await services.commit(remove(merchantId, handle, services.ids.row()));
  return isRefusal(deleted) ? deleted : { body: tellCustomer(deleted.customer, merchant) };
};

export const listCustomers: Operation = async ({ services, merchants }, asked, merchantId) => {
  const merchant = await merchants.of(merchantId, asked.now);
  const read = readCustomerFilter(asked, merchant);
  if (isApiError(read)) return read;
  const page = await services.reader.customers(merchantId, read.filter);
  return { body: tellList(read.part, page, merchant, (customer) => tellCustomer(customer, merchant)) };
};

/** `GET /v1/customer`: the list of clients before 2024, by pages. */
export const searchCustomers: Operation = async ({ services, merchants }, asked, merchantId) => {
  const merchant = await merchants.of(merchantId, asked.now);
  const read = readCustomerSearch(asked);
  if (isApiError(read)) return read;
  const { page, size, search, sort, filter } = read;
  const { rows, total } = await services.reader.searchCustomers(merchantId, filter);
  const content = rows.map((customer) => tellCustomer(customer, merchant));
  const totals = { total_elements: total, total_pages: Math.ceil(total / size) };
  return { body: { page, size, count: rows.length, search, sort, content, ...totals } };
};
