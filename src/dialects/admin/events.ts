import { setTimeout as delay } from "node:timers/promises";
import { payoutTopic } from "../../core/notice.ts";
import { readFeed, type FeedEvent, type FeedPosition } from "../../store/feed.ts";
import { isRowId } from "../../store/reader.ts";
import type { Told } from "../services.ts";
import { unknown } from "./errors.ts";
import { ownEvents } from "./event-types.ts";
import { field, optional, type Field, type Read } from "./fields.ts";
import { ok, onMerchant, operation, type AdminPorts } from "./operation.ts";
import { instantText } from "./show.ts";
import { numberFrom } from "./values.ts";

/** A place in the feed, as a word that a reader hands back and does not look into. */
const place: Field<FeedPosition> = field("the `next` of an earlier page, or an event's `position`", (value) => {
  const [, at, subjectId, version] =
    /^(\d{1,19})-(\d{1,19})-(\d{1,9})$/.exec(typeof value === "string" ? value : "") ?? [];
  if (at === undefined || subjectId === undefined || !isRowId(at) || !isRowId(subjectId)) return undefined;
  return { place: BigInt(at), subjectId, version: Number(version) };
});
const word = ({ place, subjectId, version }: FeedPosition): string => `${place}-${subjectId}-${version}`;
const beginning: FeedPosition = { place: 0n, subjectId: "0", version: 0 };

const merchantId = field("a merchant's id", (value) =>
  typeof value === "string" && isRowId(value) ? value : undefined,
);

const part = {
  after: optional(place),
  until: optional(place),
  size: optional(numberFrom(1, 1_000)),
  wait_seconds: optional(numberFrom(0, 30)),
};

/** How often somebody who waits is looked after. */
const lookEveryMs = 250;

function showEvent({ webhooks }: AdminPorts, event: FeedEvent) {
  const { position } = event;
  const { subjectId, version } = position;
  const shared = { id: webhooks.ids.hide({ kind: "event", subjectId, version }), position: word(position) };
  if ("customerEvent" in event) {
    const { kind, customer, methodId, at } = event.customerEvent;
    return { ...shared, type: ownEvents.nameOf(kind) ?? kind, at: instantText(at), customer, payment_method: methodId };
  }
  const { payout, handle, customer } = event;
  return {
    ...shared,
    type: ownEvents.nameOf(payoutTopic(payout)) ?? payout.kind,
    at: instantText(payout.at),
    customer,
    payout: handle,
    payout_id: payout.payoutId,
    version: payout.version,
    kind: payout.kind,
    state: payout.state,
    attempt: payout.attempt,
  };
}

async function tellFeed(ports: AdminPorts, id: string, query: Read<typeof part>): Promise<Told> {
  const { after = beginning, until = null, size = 100, wait_seconds: waitSeconds = 0 } = query;
  const deadline = performance.now() + waitSeconds * 1_000;
  for (;;) {
    const events = await readFeed(ports.pool, id, { after, until, most: size });
    if (events.length > 0 || performance.now() >= deadline) {
      const next = word(events.at(-1)?.position ?? after);
      return ok({ events: events.map((event) => showEvent(ports, event)), next, more: events.length === size });
    }
    await delay(Math.min(lookEveryMs, Math.max(1, deadline - performance.now())));
  }
}

const does =
  "tells a merchant's events behind `after` (from the first one without it), in their order and each once: whoever goes on from `next` misses nothing. With `wait_seconds` it waits for news";

export const eventOperations = [
  onMerchant("GET", "/events", {
    does,
    query: part,
    run: (ports, { merchant, query }) => tellFeed(ports, merchant.id, query),
  }),
  operation("GET", "/admin/events", {
    does: "the same, with the merchant in the query",
    query: { merchant: merchantId, ...part },
    async run(ports, { query: { merchant, ...query } }) {
      const known = await ports.merchants.get(merchant);
      return known === undefined ? unknown("merchant") : tellFeed(ports, known.id, query);
    },
  }),
];
