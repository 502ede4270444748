import type { Answer, Attempt } from "../core/attempt.ts";
import type { PayoutReferences } from "../core/command.ts";
import type { Customer } from "../core/parties.ts";
import type { Payout } from "../core/payout.ts";
import type { DestinationRef, Reached } from "./destination.ts";
import type { SendOrder } from "./intent.ts";

/** A payout as it is asked for, in any dialect. */
export interface PayoutRequest {
  readonly merchantId: string;
  /** The id it gets if it is new. */
  readonly id: string;
  readonly door: Payout["door"];
  /** The merchant's own name for it, or how its number in the merchant's row of orders makes one. */
  readonly handle: string | ((order: number) => string);
  /** The same request under the same key is the same payout. */
  readonly idempotenceKey?: string | null;
  readonly amountMinor: bigint;
  readonly currency: string;
  readonly text: string | null;
  readonly statementText: string | null;
  readonly merchantReference: string | null;
  readonly customer: string | null;
  /** A customer to be created in the same step. */
  readonly newCustomer: NewCustomer | null;
  readonly destination: DestinationRef;
  readonly references?: Omit<PayoutReferences, "merchantId" | "payoutId"> | null;
  /** Not to be sent before; null: at once. */
  readonly dueAt: number | null;
  /** Rails on which there is room for one more send: only over these may it leave at once. */
  readonly permits: readonly string[];
}
export type NewCustomer = Omit<Customer, "merchantId" | "createdAt" | "deletedAt"> & { readonly test: boolean | null };

/** What became of the request. `order`: committed to be sent now. `ask`: in doubt, so the bank has to be asked first. */
export interface Accepted {
  readonly payout: Payout;
  readonly attempt: Attempt;
  /** Null for a repeat that changed nothing. */
  readonly reached: Reached | null;
  /** The latest answer about this attempt, as far as it came in time. */
  readonly heard: Answer | null;
  readonly order: SendOrder | null;
  readonly ask: boolean;
  /** The idempotence key was known: nothing was done, and this is the first request's payout as it is now. */
  readonly repeated: boolean;
}
