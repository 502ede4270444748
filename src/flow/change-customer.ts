import type { Command, Decision, FreedName, View } from "../core/command.ts";
import type { Customer, CustomerField } from "../core/parties.ts";
import { isRefusal, refuse, type Refusal } from "../core/refusal.ts";
import { knownCustomer } from "./customer.ts";
import { ofCustomer } from "./news.ts";

/** What is changed of a customer. What is absent stays; null takes a detail away. */
export interface CustomerChange {
  readonly details: Readonly<Partial<Record<CustomerField, string | null>>>;
  readonly debtorId: string | null;
}

/** Changes a customer's details, and gives it a debtor id if it has none. `id` is what that name stands for, and that of the event. */
export function updateCustomer(
  merchantId: string,
  handle: string,
  id: string,
  change: CustomerChange,
): Command<{ customer: Customer }> {
  const { debtorId } = change;
  return {
    kind: "update_customer",
    merchantId,
    urgent: false,
    names: debtorId === null ? [] : [{ kind: "debtor", name: debtorId, id }],
    customers: [handle],
    decide(view) {
      const known = knownCustomer(view, handle);
      if (isRefusal(known)) return known;
      const no = debtorId === null ? undefined : mayNotHave(view, known, debtorId);
      if (no !== undefined) return no;
      const details = Object.entries({ ...known.details, ...change.details }).filter(([, value]) => value !== null);
      const changed = { ...known, details: Object.fromEntries(details), debtorId: debtorId ?? known.debtorId };
      return written(changed, id, view.now);
    },
  };
}

/** A debtor id belongs to one customer, who keeps it for good. */
function mayNotHave(view: View, { debtorId }: Customer, wanted: string): Refusal | undefined {
  if (debtorId === wanted) return undefined;
  if (debtorId !== null) return refuse("debtor_id_fixed");
  return view.named("debtor", wanted) === undefined ? undefined : refuse("debtor_id_taken");
}

/** Replaces the merchant's own map (JSON text); null: there is none any more. `id`: that of the event. */
export function setMetadata(
  merchantId: string,
  handle: string,
  id: string,
  metadata: string | null,
): Command<{ customer: Customer }> {
  return {
    kind: "set_metadata",
    merchantId,
    urgent: false,
    customers: [handle],
    decide(view) {
      const known = knownCustomer(view, handle);
      return isRefusal(known) ? known : written({ ...known, metadata }, id, view.now);
    },
  };
}

const written = (customer: Customer, eventId: string, at: number): Decision<{ customer: Customer }> => ({
  answer: { customer },
  changes: { customers: [customer], customerEvents: [ofCustomer(eventId, "customer_changed", customer, at)] },
});

/**
 * Deletes a customer: its handle stays taken for good, its details, metadata and debtor id are gone, its payment methods can be
 * used for nothing any more. Not while one of its payouts is under way: those are still about that person.
 */
export function deleteCustomer(merchantId: string, handle: string, eventId: string): Command<{ customer: Customer }> {
  return {
    kind: "delete_customer",
    merchantId,
    urgent: false,
    customers: [handle],
    belongings: [handle],
    decide(view) {
      const known = knownCustomer(view, handle);
      return isRefusal(known) ? known : forget(view, known, eventId);
    },
  };
}

/** The same at an operator's word, which is kept; a customer that was deleted before is taken too. */
export function eraseCustomer(
  merchantId: string,
  handle: string,
  eventId: string,
  { by, reason }: { readonly by: string; readonly reason: string },
): Command<{ customer: Customer }> {
  return {
    ...deleteCustomer(merchantId, handle, eventId),
    kind: "erase_customer",
    decide(view) {
      const customer = view.customer(handle);
      if (customer === undefined) return refuse("unknown_customer");
      const decision =
        customer.deletedAt === null ? forget(view, customer, eventId) : { answer: { customer }, changes: {} };
      if (isRefusal(decision)) return decision;
      const erasure = { merchantId, customer: handle, by, reason, at: view.now };
      return { ...decision, changes: { ...decision.changes, erasures: [erasure] } };
    },
  };
}

function forget(view: View, customer: Customer, eventId: string): Decision<{ customer: Customer }> | Refusal {
  const { merchantId, handle, createdAt, debtorId } = customer;
  if (view.underWay(handle)) return refuse("customer_in_use");
  const bare = { merchantId, handle, details: {}, metadata: null, debtorId: null };
  const forgotten: Customer = { ...bare, createdAt, deletedAt: view.now };
  const methods = view.methodsOf(handle).filter(({ state }) => state !== "deleted");
  const freedNames: FreedName[] = debtorId === null ? [] : [{ merchantId, kind: "debtor", name: debtorId }];
  return {
    answer: { customer: forgotten },
    changes: {
      customers: [forgotten],
      methods: methods.map((method) => ({ ...method, state: "deleted" as const })),
      freedNames,
      customerEvents: [ofCustomer(eventId, "customer_deleted", forgotten, view.now)],
    },
  };
}
