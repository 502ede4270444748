import { isRefusal, refuse } from "../../core/refusal.ts";
import { addMethod as add, changeMethod as change } from "../../flow/method.ts";
import type { NewCustomer } from "../../flow/request.ts";
import type { Page } from "../../store/filters.ts";
import { isMethodId } from "./destination.ts";
import { isApiError } from "./errors.ts";
import { readMethodFilter } from "./method-filter.ts";
import { tellList } from "./list.ts";
import type { Operation } from "./operation.ts";
import { withHandle } from "./payer.ts";
import { readMethod, tellMethod } from "./payment-method.ts";

/** `POST /v1/payment_method`: saves the card behind a token. A customer that comes with it is created in the same step. */
export const addMethod: Operation = async ({ services, merchants }, asked, merchantId) => {
  const read = readMethod(asked.body);
  if (isApiError(read) || isRefusal(read)) return read;
  const { tokenId, reference, payer } = read;
  const merchant = await merchants.of(merchantId, asked.now); // before the commit: after it, nothing may fail
  const save = (newCustomer: NewCustomer | null) => {
    const ids = { id: `ca_${services.ids.hex()}`, nameId: services.ids.row(), eventId: services.ids.row() };
    return services.commit(add({ merchantId, ...ids, tokenId, reference, customer: payer.customer, newCustomer }));
  };
  const added = payer.draft === null ? await save(null) : await withHandle(services, merchantId, payer.draft, save);
  return isRefusal(added) ? added : { body: tellMethod(added.method, merchant) };
};

export const getMethod: Operation = async ({ services, merchants }, asked, merchantId) => {
  const id = asked.params["id"]!;
  const method = isMethodId(id) ? await services.reader.method(merchantId, id) : undefined;
  if (method === undefined) return refuse("unknown_method");
  return { body: tellMethod(method, await merchants.of(merchantId, asked.now)) };
};

/** Activates, inactivates or deletes. A deleted method stays readable, and can do nothing any more. */
export const changeMethod =
  (to: Parameters<typeof change>[2]): Operation =>
  async ({ services, merchants }, asked, merchantId) => {
    const id = asked.params["id"]!;
    if (!isMethodId(id)) return refuse("unknown_method");
    const merchant = await merchants.of(merchantId, asked.now);
    const changed = await services.commit(change(merchantId, id, to, services.ids.row()));
    return isRefusal(changed) ? changed : { body: tellMethod(changed.method, merchant) };
  };

export const listMethods: Operation = async ({ services, merchants }, asked, merchantId) => {
  const merchant = await merchants.of(merchantId, asked.now);
  const read = readMethodFilter(asked, merchant);
  if (isApiError(read)) return read;
  const empty: Page<never> = { rows: [], next: null };
  const page = read.filter === null ? empty : await services.reader.methods(merchantId, read.filter);
  return { body: tellList(read.part, page, merchant, (method) => tellMethod(method, merchant)) };
};
