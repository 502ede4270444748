import type { NoticeCall } from "../../store/notice-calls.ts";
import type { ToldNotice } from "../../store/told.ts";
import type { Opaque } from "../opaque-ids.ts";
import type { Webhooks } from "../webhooks.ts";
import { frisbiiBody } from "./letter.ts";
import { timestamp, timestampOf } from "./timestamp.ts";
import { masked } from "./webhook-settings.ts";

/** The event that a notice is about. */
const eventOf = ({ about }: Pick<ToldNotice, "about">): Extract<Opaque, { kind: "event" }> =>
  "customerEvent" in about
    ? { kind: "event", subjectId: about.customerEvent.id, version: 0 }
    : { kind: "event", subjectId: about.event.payoutId, version: about.event.version };

/** `Webhook`: one event on its way to one URL. `content` is what would be sent now, so it follows a new secret. */
export const tellWebhook = (
  { ids, frisbiiEvents: events }: Pick<Webhooks, "ids" | "frisbiiEvents">,
  notice: ToldNotice,
) => ({
  id: ids.hide({ kind: "notice", noticeId: notice.id }),
  event: ids.hide(eventOf(notice)),
  state: notice.state,
  url: notice.endpoint.url,
  username: notice.endpoint.username ?? undefined,
  password: notice.endpoint.secrets.password === null ? undefined : masked,
  content: frisbiiBody({ ids, events }, notice.endpoint, notice) ?? "{}",
  created: timestamp(notice.createdAt),
  success: timestampOf(notice.doneAt),
  count: notice.tries,
  last_fail: timestampOf(notice.lastFailAt),
  first_fail: timestampOf(notice.firstFailAt),
});

/** `WebhookRequest`: one call, and what the receiver answered, cut and without card numbers. */
export const tellRequest = (webhookId: string, call: NoticeCall) => ({
  id: `${webhookId}-${call.number}`,
  initiated: timestamp(call.beganAt),
  duration: call.durationMs,
  headers: Object.keys(call.headers).length === 0 ? undefined : call.headers,
  content: call.fault === null ? call.body : [call.fault, call.body].filter((text) => text !== "").join(": "),
  http_status: call.status ?? undefined,
});
