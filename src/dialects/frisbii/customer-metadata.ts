import { isRefusal, refuse } from "../../core/refusal.ts";
import { setMetadata } from "../../flow/change-customer.ts";
import { metadata } from "./customer-body.ts";
import { isApiError } from "./errors.ts";
import type { Operation } from "./operation.ts";
import { isHandle } from "./texts.ts";

/** The merchant's own map beside a customer; where there is none, an empty one. */
export const getMetadata: Operation = async ({ services }, asked, merchantId) => {
  const handle = asked.params["handle"]!;
  const customer = isHandle(handle) ? await services.reader.customer(merchantId, handle) : undefined;
  if (customer === undefined) return refuse("unknown_customer");
  if (customer.deletedAt !== null) return refuse("customer_deleted");
  return { body: mapOf(customer.metadata) };
};

export const putMetadata: Operation = async ({ services }, asked, merchantId) => {
  const handle = asked.params["handle"]!;
  if (!isHandle(handle)) return refuse("unknown_customer");
  const map = metadata(asked.body ?? undefined, "the body");
  if (isApiError(map)) return map;
  const changed = await services.commit(setMetadata(merchantId, handle, services.ids.row(), map));
  return isRefusal(changed) ? changed : { body: mapOf(changed.customer.metadata) };
};

export const deleteMetadata: Operation = async ({ services }, asked, merchantId) => {
  const handle = asked.params["handle"]!;
  if (!isHandle(handle)) return refuse("unknown_customer");
  const changed = await services.commit(setMetadata(merchantId, handle, services.ids.row(), null));
  return isRefusal(changed) ? changed : {};
};

const mapOf = (metadata: string | null): object => (metadata === null ? {} : (JSON.parse(metadata) as object));
