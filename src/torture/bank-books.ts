import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";

/** One transfer that the bank has booked. Two of one reference are two payments. */
export interface Booking {
  readonly bankId: string;
  readonly reference: string;
  readonly amountMinor: number;
  readonly currency: string;
  readonly destination: string;
  readonly status: "accepted" | "paid" | "declined" | "returned";
  /** Whether the money left, also if it came back. */
  readonly everPaid: boolean;
  /** Whether the bank still has something in mind with it. */
  readonly pending: boolean;
}

interface Line {
  readonly kind: string;
  readonly transfer: Omit<Booking, "everPaid" | "pending">;
  readonly toCome?: readonly unknown[];
}

/** Reads the bank's own journal, which is its word for what it did: nothing of ours wrote there. */
export async function readBankBooks(path: string): Promise<Booking[]> {
  const bookings = new Map<string, Booking>();
  for await (const text of createInterface({ input: createReadStream(path), crlfDelay: Infinity })) {
    if (text === "") continue;
    const { kind, transfer, toCome = [] } = JSON.parse(text) as Line;
    if (kind !== "change") continue;
    const { bankId, reference, amountMinor, currency, destination, status } = transfer;
    const everPaid = status === "paid" || status === "returned" || bookings.get(bankId)?.everPaid === true;
    const pending = toCome.length > 0;
    bookings.set(bankId, { bankId, reference, amountMinor, currency, destination, status, everPaid, pending });
  }
  return [...bookings.values()];
}
