import { isRefusal, type Refusal } from "../../core/refusal.ts";
import { nextCustomerNumber } from "../../flow/customer.ts";
import type { NewCustomer } from "../../flow/request.ts";
import type { Services } from "../services.ts";
import type { CustomerDraft } from "./customer-body.ts";
import { invalid, type ApiError } from "./errors.ts";

/** Whom a request is for: a customer that exists, one to be created with it, or nobody said. */
export interface Payer {
  readonly customer: string | null;
  readonly draft: CustomerDraft | null;
}

/** `customer` and `customer_handle` may both be given where they name the same customer. */
export function payerOf(draft: CustomerDraft | null, customer: string | null): Payer | ApiError {
  if (draft === null) return { customer, draft };
  if (customer !== null && customer !== draft.handle) return invalid("customer_handle must agree with customer.handle");
  return { customer: null, draft };
}

/** Numbers that may be found taken, by handles that look like generated ones, before it is given up. */
const mostNumbers = 20;

/** Does something with a new customer; where it has no handle, under the next number (`cust-0001`) that is free. */
export async function withHandle<A extends object>(
  { commit }: Pick<Services, "commit">,
  merchantId: string,
  draft: CustomerDraft,
  create: (customer: NewCustomer) => Promise<A | Refusal>,
): Promise<A | Refusal> {
  if (draft.handle !== null) return create({ ...draft, handle: draft.handle });
  for (let tries = 1; ; tries += 1) {
    const next = await commit(nextCustomerNumber(merchantId));
    if (isRefusal(next)) return next;
    const answer = await create({ ...draft, handle: `cust-${String(next.number).padStart(4, "0")}` });
    const taken = isRefusal(answer) && answer.refused === "duplicate_customer";
    if (!taken || tries === mostNumbers) return answer;
  }
}
