import type { Operations } from "../../openapi/describe.ts";
import { body, closed, flag, integer, listOf, oneOf, ref, saying, text, upTo } from "../../openapi/schema.ts";
import { listQuery, listSchema } from "./list.ts";
import { count, handle, hex32, localTime, methodId, timestamp } from "./values.ts";

const states = oneOf("pending", "retrying", "disabled", "failed", "completed");
const url = saying(upTo(2048), "http or https");
const user = { "username?": upTo(255), "password?": upTo(255) };
const alerts = { "alert_count?": integer(4), "event_types?": listOf(text) };
const emails = listOf({ type: "string", format: "email" });
const named = { webhooks: saying(listOf(text, { minItems: 1, maxItems: 100 }), "ids of webhooks or events") };

export const webhookSchemas = {
  WebhookSettings: closed({
    urls: listOf(url),
    disabled: flag,
    secret: text,
    alert_emails: emails,
    ...user,
    ...alerts,
  }),
  UpdateWebhookSettings: body({
    urls: listOf(url, { maxItems: 10 }),
    disabled: flag,
    "alert_emails?": emails,
    ...user,
    ...alerts,
  }),
  Webhook: closed({
    id: hex32,
    event: hex32,
    state: states,
    url,
    ...user,
    content: saying(text, "the body that is sent, as JSON in a text"),
    created: timestamp,
    "success?": timestamp,
    count,
    "last_fail?": timestamp,
    "first_fail?": timestamp,
    "alert_count?": count,
    "alert_sent?": timestamp,
  }),
  WebhookList: listSchema(ref("Webhook")),
  WebhookRequest: closed({
    id: text,
    initiated: timestamp,
    duration: saying(count, "milliseconds"),
    "headers?": saying({ type: "object", additionalProperties: text }, "what the receiver answered with"),
    "content?": text,
    "http_status?": integer(100, 599),
  }),
  Event: closed({
    id: hex32,
    created: timestamp,
    event_type: text,
    "customer?": handle,
    "payment_method?": methodId,
    "payout?": saying(handle, "ours: the API has no member for it"),
    "principal_type?": oneOf("api", "user"),
    "principal?": text,
  }),
  EventPage: closed({
    page: integer(1),
    size: integer(1, 100),
    count,
    content: listOf(ref("Event"), { maxItems: 100 }),
  }),
};

const settings = { 200: ref("WebhookSettings") };
const several = { answers: { 200: listOf(ref("Webhook")) }, errors: [400, 404] };
const filters = { "state?": listOf(states), "event?": saying(text, "an event's id, or a type of events") };

export const webhookOperations: Operations = {
  "GET /v1/account/webhook_settings": { does: "Get where webhooks go", answers: settings },
  "PUT /v1/account/webhook_settings": {
    does: "Set where webhooks go; what is left out stays",
    body: ref("UpdateWebhookSettings"),
    answers: settings,
    errors: [400],
  },
  "POST /v1/account/webhook_settings/secret": { does: "Sign with a new secret", answers: settings },
  "GET /v1/webhook": {
    does: "List the latest webhooks before an instant",
    query: { created_before: localTime, "created_after?": localTime, "size?": integer(1, 100), ...filters },
    ...several,
  },
  "GET /v1/list/webhook": {
    does: "List webhooks",
    query: { ...listQuery("created"), ...filters },
    answers: { 200: ref("WebhookList") },
    errors: [400],
  },
  "GET /v1/webhook/:id": { does: "Get webhooks by their own id or their event's", ...several },
  "GET /v1/webhook/:id/request": {
    does: "List the calls that were made",
    answers: { 200: listOf(ref("WebhookRequest")) },
    errors: [404],
  },
  "POST /v1/webhook/resend": { does: "Send webhooks again", body: body(named), ...several },
  "POST /v1/webhook/update": {
    does: "Send webhooks to another URL",
    body: body({ ...named, url, ...user }),
    ...several,
  },
  "POST /v1/webhook/disable": { does: "Do not send webhooks", body: body(named), ...several },
  "GET /v1/event": {
    does: "List what happened",
    query: {
      "page?": integer(1, 10_000_000),
      "size?": integer(1, 100),
      "customer?": text,
      "subscription?": text,
      "invoice?": text,
    },
    answers: { 200: ref("EventPage") },
  },
  "GET /v1/event/:id": { does: "Get an event", answers: { 200: ref("Event") }, errors: [404] },
};
