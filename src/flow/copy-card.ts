import type { Command } from "../core/command.ts";
import type { Method } from "../core/parties.ts";
import { isRefusal, refuse } from "../core/refusal.ts";
import { knownCustomer, namesOf, newCustomer } from "./customer.ts";
import { ofCustomer, ofMethod } from "./news.ts";
import type { NewCustomer } from "./request.ts";

export interface CopyRequest {
  readonly merchantId: string;
  /** The method whose card is copied, and the id of the new one. */
  readonly from: string;
  readonly id: string;
  readonly reference: string | null;
  /** Whose the copy is; null: the same customer's, unless there is a new one. */
  readonly customer: string | null;
  readonly newCustomer: NewCustomer | null;
  /** What the name of a new customer stands for, and the id of its event; and that of the method's. */
  readonly nameId: string;
  readonly eventId: string;
}

/** One more payment method for the same card, which stays in its one place in the vault. */
export function copyCard(request: CopyRequest): Command<{ method: Method }> {
  const { merchantId, from, newCustomer: draft } = request;
  return {
    kind: "copy_card",
    merchantId,
    urgent: false,
    names: draft === null ? [] : namesOf(draft, request.nameId),
    methods: [from],
    customers: [request.customer, draft?.handle ?? null].filter((handle) => handle !== null),
    decide(view) {
      const method = view.method(from);
      if (method === undefined || method.state === "deleted") return refuse("unknown_method");
      if (method.state !== "active") return refuse("method_inactive");
      const customer =
        draft === null ? knownCustomer(view, request.customer ?? method.customer) : newCustomer(view, draft);
      if (isRefusal(customer)) return customer;
      const copy: Method = {
        ...method,
        id: request.id,
        customer: customer.handle,
        reference: request.reference,
        at: view.now,
      };
      const customers = customer.isNew ? [customer] : [];
      const customerEvents = [
        ...customers.map((one) => ofCustomer(request.nameId, "customer_created", one, view.now)),
        ...ofMethod(request.eventId, "method_added", copy, view.now),
      ];
      return { answer: { method: copy }, changes: { customers, customerEvents, methods: [copy] } };
    },
  };
}
