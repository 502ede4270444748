import { DisburseMismatch } from "./errors.ts";
import { latest, type Payout, type PayoutRequest } from "./payout.ts";

/** A request as it goes out: its bytes are the same at every repeat. */
export interface Asked {
  readonly handle: string;
  readonly body: string;
  /** Throws {@link DisburseMismatch} for a payout that is not the one asked for. */
  compare(payout: Payout): void;
}

/** Checks what could not be taken back once it is sent. Throws a TypeError or RangeError; nothing has been sent then. */
export function askedOf(request: PayoutRequest): Asked {
  const body = JSON.stringify(request);
  const { handle, amount } = request;
  checkHandle(handle);
  if (!Number.isSafeInteger(amount) || amount <= 0) {
    throw new RangeError("amount must be a positive integer in the currency's smallest unit");
  }
  const asked = JSON.parse(body) as PayoutRequest; // what was asked for stays so, whatever becomes of the caller's object
  return { handle, body, compare: (payout) => compare(asked, payout) };
}

/** A handle must fit into a path, and `.` and `..` do not: every client and proxy takes them for steps. */
export function checkHandle(handle: unknown): void {
  if (typeof handle !== "string" || !/^[A-Za-z0-9_.@-]{1,255}$/.test(handle) || handle === "." || handle === "..") {
    throw new TypeError('handle must be 1 to 255 characters out of A-Z a-z 0-9 _ . - @, and neither "." nor ".."');
  }
}

function compare(asked: PayoutRequest, payout: Payout): void {
  const differs = (field: DisburseMismatch["field"], wanted: unknown, found: unknown): void => {
    if (wanted !== undefined && wanted !== null && found !== undefined && wanted !== found) {
      throw new DisburseMismatch(field, wanted, found, payout);
    }
  };
  differs("amount", asked.amount, payout.amount);
  differs("currency", asked.currency?.toUpperCase(), payout.currency?.toUpperCase());
  differs("customer", asked.customer_handle ?? asked.customer?.handle, payout.customer);
  // One that has failed may go to another card at the next try; what is under way or paid has gone to this one.
  if (payout.state !== "failed" && asked.destination.startsWith("ca_")) {
    differs("destination", asked.destination, latest(payout)?.card?.id);
  }
}
