import { declinedByAcquirer } from "./amounts.ts";
import type { Transfer } from "./books.ts";
import type { Plan } from "./orders.ts";

/** What goes back over the wire: an answer, or a connection that is cut after a while. */
export type Reaction = { readonly status: number; readonly body: string } | { readonly silentMs: number };

export const silence: Reaction = { silentMs: 250 };
export const answer = (status: number, body: object): Reaction => ({ status, body: JSON.stringify(body) });
export const failure = answer(500, { error: "acquirer_error" });

/** How a booked transfer is answered: as the books have it, or in one of the ways in which banks go wrong. */
export const answers: Record<Plan["answer"], (transfer: Transfer) => Reaction> = {
  truth: (transfer) => answer(200, toWire(transfer)),
  silence: () => silence,
  error: () => failure,
  garbage: (transfer) => ({ status: 200, body: JSON.stringify(toWire(transfer)).slice(0, -20) }),
  wrong_amount: (transfer) => answer(200, toWire({ ...transfer, amountMinor: transfer.amountMinor + 1 })),
  wrong_reference: (transfer) => answer(200, toWire({ ...transfer, reference: otherThan(transfer.reference) })),
  no: (transfer) =>
    answer(200, toWire({ ...transfer, status: "declined", decline: declinedByAcquirer, bookedAt: undefined })),
};

const otherThan = (reference: string) => (reference.startsWith("X") ? "Y" : "X") + reference.slice(1);

/** A transfer in the words of the protocol. */
export function toWire({ reference, status, bankId, amountMinor, currency, ...rest }: Transfer): object {
  const { decline, bookedAt, returnedAt } = rest;
  return {
    reference,
    status,
    bank_id: bankId,
    amount_minor: amountMinor,
    currency,
    ...(decline && {
      error: decline.error,
      error_state: decline.errorState,
      code: decline.code,
      message: decline.message,
    }),
    ...(bookedAt !== undefined && { booked_at: new Date(bookedAt).toISOString() }),
    ...(returnedAt !== undefined && { returned_at: new Date(returnedAt).toISOString() }),
  };
}
