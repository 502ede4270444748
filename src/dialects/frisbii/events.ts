import { customerEventKinds, payoutTopic } from "../../core/notice.ts";
import { listEvents, readEvent, type FeedEvent } from "../../store/feed.ts";
import type { Webhooks } from "../webhooks.ts";
import { ApiError, isApiError } from "./errors.ts";
import { object, optional, wrong, type Reader } from "./fields.ts";
import { parametersOf } from "./list.ts";
import type { Operation } from "./operation.ts";
import { isHandle } from "./texts.ts";
import { timestamp } from "./timestamp.ts";

const from1 =
  (most: number): Reader<number> =>
  (value, field) => {
    const number = typeof value === "string" && /^\d{1,8}$/.test(value) ? Number(value) : 0;
    return number >= 1 && number <= most ? number : wrong(value, field, `a number from 1 to ${most}`);
  };
const text: Reader<string> = (value, field) => (typeof value === "string" ? value : wrong(value, field, "given once"));
const fields = object({
  page: optional(from1(10_000_000)),
  size: optional(from1(100)),
  customer: optional(text),
  subscription: optional(text),
  invoice: optional(text),
});

/** `Event`: what happened to whom. `payout` is ours: the API has payouts, and no word for them here. */
function tellEvent({ ids, frisbiiEvents }: Webhooks, event: FeedEvent) {
  const { subjectId, version } = event.position;
  const about = "customerEvent" in event;
  const type = frisbiiEvents.nameOf(about ? event.customerEvent.kind : payoutTopic(event.payout));
  if (type === undefined) return undefined;
  return {
    id: ids.hide({ kind: "event", subjectId, version }),
    created: timestamp(about ? event.customerEvent.at : event.payout.at),
    event_type: type,
    customer: about ? event.customerEvent.customer : event.customer,
    payment_method: about ? (event.customerEvent.methodId ?? undefined) : undefined,
    payout: about ? undefined : event.handle,
  };
}

/** `GET /v1/event`: newest first. */
export const listAllEvents =
  (webhooks: Webhooks): Operation =>
  async (_, asked, merchantId) => {
    const read = fields(parametersOf(asked.query), "");
    if (isApiError(read)) return read;
    const { page, size } = { page: read.page ?? 1, size: read.size ?? 20 };
    // There are no subscriptions and no invoices; and what cannot be a customer has no events.
    const none =
      read.subscription !== null || read.invoice !== null || (read.customer !== null && !isHandle(read.customer));
    const topics = webhooks.frisbiiEvents.topicsOf(webhooks.frisbiiEvents.names);
    const filter = {
      topics,
      customerKinds: customerEventKinds.filter((kind) => topics.includes(kind)),
      customer: read.customer,
      skip: (page - 1) * size,
      size,
    };
    const events = none ? [] : await listEvents(webhooks.pool, merchantId, filter);
    return { body: { page, size, count: events.length, content: events.map((event) => tellEvent(webhooks, event)) } };
  };

export const getEvent =
  (webhooks: Webhooks): Operation =>
  async (_, { params }, merchantId) => {
    const meant = webhooks.ids.show(params["id"]!);
    const event =
      meant?.kind === "event" ? await readEvent(webhooks.pool, merchantId, meant.subjectId, meant.version) : undefined;
    const told = event === undefined ? undefined : tellEvent(webhooks, event);
    return told === undefined ? new ApiError(47) : { body: told };
  };
