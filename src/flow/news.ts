import type { CustomerEvent, CustomerEventKind } from "../core/notice.ts";
import type { Customer, Method } from "../core/parties.ts";

type MethodNews = Extract<CustomerEventKind, `method_${string}`>;
type CustomerNews = Exclude<CustomerEventKind, MethodNews>;

/** What has happened to a customer, as an event of that `id`. */
export const ofCustomer = (
  id: string,
  kind: CustomerNews,
  { merchantId, handle }: Pick<Customer, "merchantId" | "handle">,
  at: number,
): CustomerEvent => ({ merchantId, id, kind, customer: handle, methodId: null, at });

/** What has happened to a payment method. Cards that are kept for their own sake belong to nobody who could be told of. */
export const ofMethod = (id: string, kind: MethodNews, method: Method, at: number): readonly CustomerEvent[] =>
  method.customer === method.vault.fingerprint
    ? []
    : [{ merchantId: method.merchantId, id, kind, customer: method.customer, methodId: method.id, at }];
