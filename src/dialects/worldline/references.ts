import { object, optional, type Read } from "./fields.ts";
import { integer } from "./numbers.ts";
import { exact } from "./texts.ts";

/** The merchant's own unique name for a payout. */
export const merchantReference = exact(30);

/** Documented as 10 digits, declared as 64 bits: whatever a JSON number holds exactly (15 digits) comes back unchanged. */
export const merchantOrderId = integer(15, 0);

/** `references`: kept and echoed exactly, so never cut. */
export const references = object({
  merchantReference: optional(merchantReference),
  merchantOrderId: optional(merchantOrderId),
  invoiceNumber: optional(exact(20)),
});

export type References = Read<typeof references>;
