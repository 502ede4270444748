import { customerFields, type CustomerField, type Merchant } from "../../core/parties.ts";
import type { CustomerFilter, CustomerSearch } from "../../store/filters.ts";
import type { Asked } from "../services.ts";
import { invalid, isApiError, type ApiError } from "./errors.ts";
import { object, optional, wrong, type Reader } from "./fields.ts";
import { given, positionOf, type Listing } from "./filter-fields.ts";
import { parametersOf, readPart } from "./list.ts";
import { handle, words } from "./texts.ts";

/** A debtor id, as a query writes it. */
const debtorId: Reader<string> = (value, field) =>
  typeof value === "string" && /^-?\d{1,16}$/.test(value) && Number.isSafeInteger(Number(value))
    ? String(Number(value))
    : wrong(value, field, "an integer");

/** Details that a list can be filtered by. */
const filterable = customerFields.filter((name) => !["language", "invoice_email", "dunning_email"].includes(name));
const details = Object.fromEntries(filterable.map((name) => [name, optional(words(255))])) as Record<
  CustomerField,
  Reader<string | null>
>;

const fields = object({
  ...details,
  handle: optional(handle),
  handle_prefix: optional(handle),
  handle_contains: optional(handle),
  name: optional(words(255)),
  email_prefix: optional(words(255)),
  debtor_id: optional(debtorId),
});

/** Reads the query of `GET /v1/list/customer`. */
export function readCustomerFilter(asked: Asked, merchant: Merchant): Listing<CustomerFilter> | ApiError {
  const part = readPart(asked, merchant, ["created"]);
  if (isApiError(part)) return part;
  const read = fields(parametersOf(asked.query), "");
  if (isApiError(read)) return read;
  const filter = {
    ...positionOf(part),
    ...given({
      handle: read.handle,
      handlePrefix: read.handle_prefix,
      handleContains: read.handle_contains,
      name: read.name,
      emailPrefix: read.email_prefix,
      debtorId: read.debtor_id,
      details: given(Object.fromEntries(filterable.map((name) => [name, read[name]]))),
    }),
  };
  return { part, filter };
}

const numberOf =
  (least: number, most: number): Reader<number> =>
  (value, field) => {
    const number = typeof value === "string" && /^\d{1,8}$/.test(value) ? Number(value) : -1;
    return number >= least && number <= most ? number : wrong(value, field, `a number from ${least} to ${most}`);
  };

const sorts = ["created", "handle", "email", "first_name", "last_name"] as const;
const searchFields = object({
  page: optional(numberOf(1, 10_000_000)),
  size: optional(numberOf(1, 100)),
  search: optional(words(255)),
  sort: optional(words(32)),
});

/** A page of the older list: what was asked for, as it is told again, and in the words of the store. */
export interface OldList {
  readonly page: number;
  readonly size: number;
  readonly search: string | undefined;
  readonly sort: string | undefined;
  readonly filter: CustomerSearch;
}

/** Reads the query of `GET /v1/customer`. Newest first, unless `sort` names a column, which may stand behind a `-`. */
export function readCustomerSearch(asked: Asked): OldList | ApiError {
  const read = searchFields(parametersOf(asked.query), "");
  if (isApiError(read)) return read;
  const { page, size, search, sort } = { ...read, page: read.page ?? 1, size: read.size ?? 20 };
  const [, minus, column] = /^(-?)(\w+)$/.exec(sort ?? "-created") ?? [];
  const sorted = sorts.find((name) => name === column);
  if (sorted === undefined) return invalid(`sort must be one of: ${sorts.join(", ")}, or one of them behind a -`);
  const filter = { text: search, sort: sorted, descending: minus === "-", offset: (page - 1) * size, limit: size };
  return { page, size, search: search ?? undefined, sort: sort ?? undefined, filter };
}
