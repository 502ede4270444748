import type pg from "pg";
import {
  keysOf,
  noticeStates,
  type NoticeChange,
  type NoticeName,
  type NoticeState,
  type ToldNotice,
} from "../../store/told.ts";
import { isForMoved } from "../../store/webhook-settings.ts";
import type { Webhooks } from "../webhooks.ts";
import { ApiError, invalid, isApiError } from "./errors.ts";
import { many, object, oneOf, optional, wrong, type Reader } from "./fields.ts";
import { positionOf } from "./filter-fields.ts";
import { parametersOf, readPart, tellList } from "./list.ts";
import { readLocal } from "./local-time.ts";
import type { Operation } from "./operation.ts";
import { tellRequest, tellWebhook } from "./webhook.ts";
import { orNone, password, urlFault, username } from "./webhook-settings.ts";

/** The webhooks of this API are the notices of the merchant's endpoints in its format; those of other formats are not found here. */
const format = "frisbii";
const unknown = new ApiError(46);
/** So many URLs old webhooks may be moved to. */
const mostMovedTo = 50;

const text: Reader<string> = (value, field) => (typeof value === "string" ? value : wrong(value, field, "given once"));
const size: Reader<number> = (value, field) => {
  const number = typeof value === "string" && /^\d{1,3}$/.test(value) ? Number(value) : 0;
  return number >= 1 && number <= 100 ? number : wrong(value, field, "a number from 1 to 100");
};
const filters = object({ state: many(oneOf<NoticeState>(noticeStates)), event: optional(text) });
const query = object({ created_before: text, created_after: optional(text), size: optional(size) });

/** An event by its id, or all of a type; null: there are none such. */
function eventFilter({ ids, frisbiiEvents }: Webhooks, event: string | null) {
  if (event === null) return {};
  const meant = ids.show(event);
  if (meant?.kind === "event") return { event: { subjectId: meant.subjectId, version: meant.version } };
  return frisbiiEvents.names.includes(event) ? { topics: frisbiiEvents.topicsOf([event]) } : null;
}

/** `GET /v1/webhook`: the latest before an instant. */
export const listLatest =
  (webhooks: Webhooks): Operation =>
  async ({ merchants }, asked, merchantId) => {
    const { timezone } = await merchants.of(merchantId, asked.now);
    const parameters = parametersOf(asked.query);
    const read = query(parameters, "");
    if (isApiError(read)) return read;
    const more = filters(parameters, "");
    if (isApiError(more)) return more;
    const to = readLocal(read.created_before, timezone);
    const from = read.created_after === null ? 0 : readLocal(read.created_after, timezone);
    if (to === undefined || from === undefined)
      return invalid(`${to === undefined ? "created_before" : "created_after"} must be ${aTime}`);
    const event = eventFilter(webhooks, more.event);
    if (event === null) return { body: [] };
    const states = more.state === null ? {} : { states: more.state };
    const part = { from, to, after: null, size: read.size ?? 100 };
    const page = await webhooks.told.page(merchantId, { format, ...states, ...event, ...part });
    return { body: page.rows.map((notice) => tellWebhook(webhooks, notice)) };
  };
const aTime = "a date or time such as 2021-10-06T13:02:23.190";

/** `GET /v1/list/webhook`. */
export const listWebhooks =
  (webhooks: Webhooks): Operation =>
  async ({ merchants }, asked, merchantId) => {
    const merchant = await merchants.of(merchantId, asked.now);
    const part = readPart(asked, merchant, ["created"]);
    if (isApiError(part)) return part;
    const read = filters(parametersOf(asked.query), "");
    if (isApiError(read)) return read;
    const event = eventFilter(webhooks, read.event);
    const states = read.state === null ? {} : { states: read.state };
    const page =
      event === null
        ? { rows: [], next: null }
        : await webhooks.told.page(merchantId, { format, ...states, ...event, ...positionOf(part) });
    return { body: tellList(part, page, merchant, (notice: ToldNotice) => tellWebhook(webhooks, notice)) };
  };

/** `GET /v1/webhook/{id}`, by its own id or its event's. */
export const getWebhook =
  (webhooks: Webhooks): Operation =>
  async (_, { params }, merchantId) => {
    const name = nameOf(webhooks, params["id"]!);
    const found = name === undefined ? undefined : await webhooks.told.named(merchantId, format, [name]);
    return found === undefined ? unknown : { body: found.map((notice) => tellWebhook(webhooks, notice)) };
  };

/** `GET /v1/webhook/{id}/request`: each call that was made. */
export const listRequests =
  (webhooks: Webhooks): Operation =>
  async (_, { params }, merchantId) => {
    const name = nameOf(webhooks, params["id"]!);
    const found = name === undefined ? undefined : await webhooks.told.named(merchantId, format, [name]);
    if (found === undefined) return unknown;
    const calls = await Promise.all(
      found.map(async ({ id }) => {
        const webhookId = webhooks.ids.hide({ kind: "notice", noticeId: id });
        return (await webhooks.told.calls(merchantId, id)).map((call) => tellRequest(webhookId, call));
      }),
    );
    return { body: calls.flat() };
  };

const named: Reader<readonly string[]> = (value, field) => {
  const fits =
    Array.isArray(value) && value.length > 0 && value.length <= 100 && value.every((id) => typeof id === "string");
  return fits ? value : wrong(value, field, "a list of 1 to 100 ids of webhooks or events");
};
const some = object({ webhooks: named });
const moved = object({ webhooks: named, url: text, username: optional(username), password: optional(password) });

/** `POST /v1/webhook/resend`: told again, now; what is told of a customer stays in its order. */
export const resend =
  (webhooks: Webhooks): Operation =>
  async (_, { body }, merchantId) => {
    const read = some(body, "");
    return isApiError(read)
      ? read
      : changeNamed(webhooks, merchantId, read.webhooks, async (__, notices) => {
          const closed = notices.find(({ endpoint }) => endpoint.removedAt !== null || endpoint.disabled !== null);
          if (closed === undefined) return { to: "pending" };
          const { url, removedAt, disabled } = closed.endpoint;
          const why = removedAt === null ? (disabled?.because ?? "") : "it is no longer in the webhook settings";
          return new ApiError(1, `nothing is sent to ${url}: ${why}`);
        });
  };

export const disable =
  (webhooks: Webhooks): Operation =>
  async (_, { body }, merchantId) => {
    const read = some(body, "");
    return isApiError(read)
      ? read
      : changeNamed(webhooks, merchantId, read.webhooks, () => Promise.resolve({ to: "disabled" }));
  };

/** `POST /v1/webhook/update`: told at another URL. That is told nothing else, unless the settings name it as well. */
export const move =
  (webhooks: Webhooks): Operation =>
  async ({ merchants }, { body, now: askedAt }, merchantId) => {
    const read = moved(body, "");
    if (isApiError(read)) return read;
    const { url } = read;
    const wrongUrl = urlFault(webhooks, await merchants.of(merchantId, askedAt), [url]);
    if (wrongUrl !== undefined) return invalid(wrongUrl.message!.replace("urls[0]", "url"));
    return changeNamed(webhooks, merchantId, read.webhooks, async (client) => {
      const now = await webhooks.settings.readIn(client, merchantId);
      if (now.disabled) return new ApiError(1, "nothing is sent: webhooks are disabled in the settings");
      const user = orNone(read.username, now.username);
      const secret = orNone(read.password, now.password);
      const all = await webhooks.endpoints.listIn(client, merchantId, format);
      const there = all.find(
        (one) => one.url === url && one.username === user && one.secrets.password === secret && one.disabled === null,
      );
      if (there !== undefined) return { to: "moved", endpointId: there.id };
      if (all.filter(isForMoved).length >= mostMovedTo)
        return new ApiError(1, `webhooks have been moved to ${mostMovedTo} URLs already`);
      const secrets = { signing: [now.signing], password: secret, headers: {} };
      const draft = { format, url, types: [], topics: [], username: user, secrets } as const;
      return { to: "moved", endpointId: (await webhooks.endpoints.insert(client, merchantId, draft)).id };
    });
  };

type Decide = (client: pg.ClientBase, notices: readonly ToldNotice[]) => Promise<NoticeChange | ApiError>;

async function changeNamed(webhooks: Webhooks, merchantId: string, ids: readonly string[], decide: Decide) {
  const names = ids.map((id) => nameOf(webhooks, id));
  if (names.includes(undefined)) return unknown;
  const changed = await webhooks.told.change<ApiError>(merchantId, format, names as NoticeName[], decide);
  if (changed === undefined) return unknown;
  if (isApiError(changed)) return changed;
  webhooks.wake(keysOf(changed));
  return { body: changed.map((notice) => tellWebhook(webhooks, notice)) };
}

const nameOf = ({ ids }: Pick<Webhooks, "ids">, id: string): NoticeName | undefined => {
  const meant = ids.show(id);
  return meant?.kind === "notice" ? { noticeId: meant.noticeId } : meant;
};
