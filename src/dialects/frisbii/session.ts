import { isRefusal } from "../../core/refusal.ts";
import { openCardSession } from "../../flow/card-session.ts";
import type { NewCustomer } from "../../flow/request.ts";
import { checkoutPath } from "../checkout/address.ts";
import { customerDraft } from "./customer-body.ts";
import { countBack, readDuration } from "./duration.ts";
import { ApiError, invalid, isApiError } from "./errors.ts";
import { many, object, optional, wrong, type Reader } from "./fields.ts";
import type { Operation } from "./operation.ts";
import { payerOf, withHandle } from "./payer.ts";
import { handle, handleOf, words } from "./texts.ts";

const minuteMs = 60_000;
const usualLifeMs = 60 * minuteMs;
const mostLifeMs = 30 * 24 * 60 * minuteMs;

/** How long the page takes a card: seconds, or a duration of ISO 8601. */
const life: Reader<number> = (value, field) => {
  const ms = typeof value === "number" ? value * 1000 : typeof value === "string" ? lengthOf(value) : 0;
  return Number.isInteger(ms) && ms >= minuteMs && ms <= mostLifeMs
    ? ms
    : wrong(value, field, "from a minute to thirty days: seconds, or a duration such as PT1H");
};

/** Months are those of a year's end, which is as good as any: whoever counts in months means more than a session may last. */
function lengthOf(text: string): number {
  const duration = readDuration(text);
  const far = Date.UTC(2100, 0, 1);
  return duration === undefined ? 0 : far - countBack(far, duration, "UTC");
}

/** A name or an address of a host, and nothing that could mean more in a header. */
const plainHost = /^(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::\d+)?$/;

/** Where a person may be sent: an address of the web that tells nobody's password. */
const webAddress: Reader<string> = (value, field) => {
  const text = words(2048)(value, field);
  if (isApiError(text)) return text;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isWeb = url?.protocol === "https:" || url?.protocol === "http:";
  const isPlain = url !== undefined && plainHost.test(url.host) && url.username === "" && url.password === "";
  return isWeb && isPlain ? url.href : wrong(value, field, "an address of the web");
};

const fields = object({
  customer: optional(handle),
  create_customer: optional(customerDraft),
  accept_url: optional(webAddress),
  cancel_url: optional(webAddress),
  payment_method_reference: optional(handleOf(64)),
  payment_methods: many(words(64)),
  ttl: optional(life),
});

/** `POST /v1/session/recurring`: a page on which one person may save one card. */
export const createSession: Operation = async ({ services, url }, asked, merchantId) => {
  const read = fields(asked.body, "");
  if (isApiError(read)) return read;
  if (read.customer !== null && read.create_customer !== null)
    return invalid("customer and create_customer exclude each other");
  const payer = payerOf(read.create_customer, read.customer);
  if (isApiError(payer)) return payer;
  if (read.payment_methods !== null && !read.payment_methods.includes("card"))
    return new ApiError(1, "payment_methods must include card: nothing else can be saved here");
  const id = `cs_${services.ids.hex()}`;
  const open = (newCustomer: NewCustomer | null) =>
    services.commit(
      openCardSession({
        merchantId,
        id,
        acceptUrl: read.accept_url,
        cancelUrl: read.cancel_url,
        reference: read.payment_method_reference ?? id,
        lifeMs: read.ttl ?? usualLifeMs,
        customer: payer.customer,
        newCustomer,
        nameId: services.ids.row(),
      }),
    );
  const opened = payer.draft === null ? await open(null) : await withHandle(services, merchantId, payer.draft, open);
  return isRefusal(opened) ? opened : { body: { id, url: `${url()}${checkoutPath(merchantId, id)}` } };
};
