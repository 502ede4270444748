import type { Command, NameClaim, View } from "../core/command.ts";
import type { Customer } from "../core/parties.ts";
import { isRefusal, refuse, type Refusal } from "../core/refusal.ts";
import type { NewCustomer, PayoutRequest } from "./request.ts";
import { ownerOf } from "./destination.ts";
import { ofCustomer } from "./news.ts";

/** A customer, and whether it has to be written. */
export type Party = Customer & { readonly isNew: boolean };

/** Whom a new payout is for: the customer that it names or brings, else the owner of its destination. */
export function payerOf(
  view: View,
  request: Pick<PayoutRequest, "customer" | "newCustomer" | "destination">,
): Party | Refusal {
  if (request.newCustomer !== null) return newCustomer(view, request.newCustomer);
  const handle = request.customer ?? ownerOf(view, request.destination);
  if (handle !== undefined) return knownCustomer(view, handle);
  return request.destination.kind === "method" ? refuse("unknown_method") : refuse("missing_customer");
}

/** A customer that exists and has not been deleted. */
export function knownCustomer(view: View, handle: string): Party | Refusal {
  const customer = view.customer(handle);
  if (customer === undefined) return refuse("unknown_customer");
  return customer.deletedAt === null ? { ...customer, isNew: false } : refuse("customer_deleted");
}

/** The row of a new customer; its handle must not have been used, not even by one that was deleted. */
export function newCustomer(view: View, draft: NewCustomer): Party | Refusal {
  if (view.named("customer", draft.handle) !== undefined) return refuse("duplicate_customer");
  if (draft.debtorId !== null && view.named("debtor", draft.debtorId) !== undefined) return refuse("debtor_id_taken");
  if (draft.test === true && !view.merchant.test) return refuse("test_data_on_live");
  if (draft.test === false && view.merchant.test) return refuse("live_data_on_test");
  const { handle, details, metadata, debtorId } = draft;
  return {
    merchantId: view.merchant.id,
    handle,
    details,
    metadata,
    debtorId,
    createdAt: view.now,
    deletedAt: null,
    isNew: true,
  };
}

/** The names that a new customer takes. `id` is what they stand for, and tells nothing. */
export const namesOf = ({ handle, debtorId }: Pick<NewCustomer, "handle" | "debtorId">, id: string): NameClaim[] => [
  { kind: "customer", name: handle, id },
  ...(debtorId === null ? [] : [{ kind: "debtor", name: debtorId, id } as const]),
];

/** Creates a customer. `id` is what its name stands for, and that of the event. */
export function createCustomer(merchantId: string, id: string, draft: NewCustomer): Command<{ customer: Customer }> {
  return {
    kind: "create_customer",
    merchantId,
    urgent: false,
    names: namesOf(draft, id),
    customers: [draft.handle],
    decide(view) {
      const customer = newCustomer(view, draft);
      if (isRefusal(customer)) return customer;
      const customerEvents = [ofCustomer(id, "customer_created", customer, view.now)];
      return { answer: { customer }, changes: { customers: [customer], customerEvents } };
    },
  };
}

/** Takes the next number for a generated customer handle (`cust-0001`). */
export function nextCustomerNumber(merchantId: string): Command<{ number: number }> {
  return {
    kind: "next_customer_number",
    merchantId,
    urgent: false,
    counters: ["customer"],
    decide: (view) => ({ answer: { number: view.next("customer") }, changes: {} }),
  };
}
