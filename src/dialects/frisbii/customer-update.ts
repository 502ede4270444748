import { customerFields } from "../../core/parties.ts";
import type { CustomerChange } from "../../flow/change-customer.ts";
import { customerDetails } from "./customer-body.ts";
import { isApiError, type ApiError } from "./errors.ts";
import { long, object, optional } from "./fields.ts";

const fields = object({ ...customerDetails, debtor_id: optional(long) });

/** `UpdateCustomer`: what is absent stays as it is, an empty text takes a detail away. The rest of a customer is fixed. */
export function readUpdate(body: unknown): CustomerChange | ApiError {
  const read = fields(body, "");
  if (isApiError(read)) return read;
  const given = customerFields.filter((name) => read[name] !== null);
  return {
    details: Object.fromEntries(given.map((name) => [name, read[name] === "" ? null : read[name]])),
    debtorId: read.debtor_id,
  };
}
