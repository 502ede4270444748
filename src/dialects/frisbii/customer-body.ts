import { customerFields, type CustomerField } from "../../core/parties.ts";
import type { NewCustomer } from "../../flow/request.ts";
import { invalid, isApiError, type ApiError } from "./errors.ts";
import { boolean, long, object, optional, wrong, type Read, type Reader } from "./fields.ts";
import { country, email, handle, words } from "./texts.ts";

/** A customer to be created; without a handle it gets a generated one. */
export type CustomerDraft = Omit<NewCustomer, "handle"> & { readonly handle: string | null };

const special: Partial<Record<CustomerField, Reader<string>>> = {
  email,
  invoice_email: email,
  dunning_email: email,
  country,
};
/** What a merchant may keep of a customer. */
export const customerDetails = Object.fromEntries(
  customerFields.map((name) => [name, optional(special[name] ?? words(255))]),
) as Record<CustomerField, Reader<string | null>>;

/** The merchant's own map, kept as JSON text: nothing here ever looks into it. */
export const metadata: Reader<string> = (value, field) =>
  typeof value === "object" && !Array.isArray(value) ? JSON.stringify(value) : wrong(value, field, "an object");

const fields = object({
  ...customerDetails,
  handle: optional(handle),
  generate_handle: optional(boolean),
  test: optional(boolean),
  metadata: optional(metadata),
  debtor_id: optional(long),
});

/** `CreateCustomer`: a body of its own, or the `customer` of another. An empty text is none. */
export const customerDraft: Reader<CustomerDraft> = (value, path) => {
  const read = fields(value, path);
  return isApiError(read) ? read : draftOf(read, path);
};

function draftOf(read: Read<typeof fields>, path: string): CustomerDraft | ApiError {
  if (read.handle === null && read.generate_handle !== true) {
    return invalid(`${path === "" ? "" : `${path}.`}handle is required unless generate_handle is true`);
  }
  const given = customerFields.filter((name) => read[name] !== null && read[name] !== "");
  return {
    handle: read.handle,
    details: Object.fromEntries(given.map((name) => [name, read[name]!])),
    metadata: read.metadata,
    debtorId: read.debtor_id,
    test: read.test,
  };
}
