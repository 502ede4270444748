import { day } from "./days.ts";
import type { Faults } from "./field-errors.ts";
import { object, optional } from "./fields.ts";

const fields = object({ datePayout: optional(day) });

/** `ApprovePayoutRequest`. No body, an empty one and `{}` all name no date: then it is due as it was when it was created. */
export const readApprovePayout = (body: unknown): { readonly datePayout: string | null } | Faults =>
  fields(body === "" ? null : body, "");
