import { customerFields } from "../../../core/parties.ts";
import type { Operations } from "../../openapi/describe.ts";
import {
  body,
  closed,
  flag,
  free,
  integer,
  listOf,
  oneOf,
  ref,
  text,
  upTo,
  type Members,
} from "../../openapi/schema.ts";
import { listQuery, listSchema } from "./list.ts";
import { count, handle, timestamp } from "./values.ts";

const details: Members = Object.fromEntries(customerFields.map((name) => [`${name}?`, upTo(255)]));
const debtorId = { ...integer(), format: "int64" };

/** Required of every client's customer, and always zero here: there are no subscriptions, and no invoices. */
const zeros: Members = Object.fromEntries(
  [
    ...["", "active_", "trial_active_", "trial_cancelled_", "expired_", "on_hold_", "cancelled_", "non_renewing_"].map(
      (kind) => `${kind}subscriptions`,
    ),
    ...["failed", "cancelled", "pending", "dunning", "settled"].flatMap((kind) => [
      `${kind}_invoices`,
      `${kind}_amount`,
    ]),
    "refunded_amount",
    ...["pending", "transferred"].flatMap((kind) => [
      `${kind}_additional_costs`,
      `${kind}_additional_cost_amount`,
      `${kind}_credits`,
      `${kind}_credit_amount`,
    ]),
  ].map((name) => [name, { const: 0 }]),
);

export const customerSchemas = {
  CreateCustomer: body({
    "handle?": handle,
    "generate_handle?": flag,
    ...details,
    "test?": flag,
    "metadata?": free("the merchant's own"),
    "debtor_id?": debtorId,
  }),
  UpdateCustomer: body({ ...details, "debtor_id?": debtorId }),
  Customer: closed({
    handle,
    created: timestamp,
    ...details,
    "debtor_id?": debtorId,
    "test?": flag,
    "deleted?": timestamp,
    ...zeros,
  }),
  CustomerList: listSchema(ref("Customer")),
  CustomerPage: closed({
    page: integer(1),
    size: integer(1, 100),
    count,
    "search?": text,
    "sort?": text,
    content: listOf(ref("Customer"), { maxItems: 100 }),
    total_elements: count,
    total_pages: count,
  }),
  Metadata: free("the merchant's own map, kept as it came"),
};

const one = { 200: ref("Customer") };
const filters = customerFields.filter((name) => !["language", "invoice_email", "dunning_email"].includes(name));

export const customerOperations: Operations = {
  "POST /v1/customer": { does: "Create a customer", body: ref("CreateCustomer"), answers: one, errors: [400] },
  "GET /v1/customer": {
    does: "Search customers by pages, as older clients do",
    query: {
      "page?": integer(1, 10_000_000),
      "size?": integer(1, 100),
      "search?": upTo(255),
      "sort?": oneOf(
        ...["created", "handle", "email", "first_name", "last_name"].flatMap((name) => [name, `-${name}`]),
      ),
    },
    answers: { 200: ref("CustomerPage") },
    errors: [400],
  },
  "GET /v1/customer/:handle": { does: "Get a customer", answers: one, errors: [404] },
  "PUT /v1/customer/:handle": {
    does: "Change a customer",
    body: ref("UpdateCustomer"),
    answers: one,
    errors: [400, 404],
  },
  "DELETE /v1/customer/:handle": { does: "Delete a customer's personal data", answers: one, errors: [400, 404] },
  "GET /v1/list/customer": {
    does: "List customers",
    query: {
      ...listQuery("created"),
      "handle?": handle,
      "handle_prefix?": handle,
      "handle_contains?": handle,
      "name?": upTo(255),
      "email_prefix?": upTo(255),
      ...Object.fromEntries(filters.map((name) => [`${name}?`, upTo(255)])),
      "debtor_id?": debtorId,
    },
    answers: { 200: ref("CustomerList") },
    errors: [400],
  },
  "GET /v1/customer/:handle/metadata": {
    does: "Get what the merchant keeps beside a customer",
    answers: { 200: ref("Metadata") },
    errors: [400, 404],
  },
  "PUT /v1/customer/:handle/metadata": {
    does: "Replace it",
    body: ref("Metadata"),
    answers: { 200: ref("Metadata") },
    errors: [400, 404],
  },
  "DELETE /v1/customer/:handle/metadata": { does: "Remove it", answers: { 200: null }, errors: [400, 404] },
};
