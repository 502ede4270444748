import { isRefusal, refuse } from "../../core/refusal.ts";
import { createCustomer as create } from "../../flow/customer.ts";
import { customerDraft } from "./customer-body.ts";
import { tellCustomer } from "./customer.ts";
import { isApiError } from "./errors.ts";
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
