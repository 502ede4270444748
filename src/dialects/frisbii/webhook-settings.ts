import type { Merchant } from "../../core/parties.ts";
import type { SharedSettings } from "../../store/webhook-settings.ts";
import type { Webhooks } from "../webhooks.ts";
import { invalid, isApiError, type ApiError } from "./errors.ts";
import { boolean, many, object, optional, wrong, type Reader } from "./fields.ts";
import type { Operation } from "./operation.ts";
import { email, words } from "./texts.ts";

/** So many URLs one merchant may have: each is told everything. */
const mostUrls = 10;
/** Shown in place of a password, and taken for "as it was" when a client sends back what it read. */
export const masked = "********";

const text =
  (most: number): Reader<string> =>
  (value, field) =>
    typeof value === "string" ? words(most)(value, field) : wrong(value, field, "text");
const url: Reader<string> = (value, field) =>
  typeof value === "string" && value.length <= 2_048 ? value : wrong(value, field, "a URL of at most 2048 characters");

/** A list, and nothing else: a text in its place is somebody's mistake. */
const list =
  <T>(most: number, read: Reader<T>): Reader<readonly T[]> =>
  (value, field) => {
    if (!Array.isArray(value) || value.length > most) return wrong(value, field, `a list of at most ${most}`);
    const items = many(read)(value, field);
    return isApiError(items) ? items : [...new Set(items)];
  };
const address: Reader<string> = (value, field) =>
  value === "" ? wrong(value, field, "an e-mail address") : email(value, field);
const count: Reader<number> = (value, field) =>
  typeof value === "number" && Number.isInteger(value) && value >= 4 && value <= 1_000
    ? value
    : wrong(value, field, "a whole number, 4 or more");
/** HTTP's Basic scheme has no way to say a colon in a user name. */
export const username: Reader<string> = (value, field) =>
  typeof value === "string" && value.includes(":") ? wrong(value, field, "without a colon") : text(255)(value, field);
export const password = text(255);

const fields = object({
  urls: list(mostUrls, url),
  disabled: boolean,
  username: optional(username),
  password: optional(password),
  alert_emails: optional(list(10, address)),
  alert_count: optional(count),
  event_types: optional(list(100, text(64))),
});

const tell = ({ urls, disabled, signing, ...settings }: SharedSettings) => ({
  urls,
  disabled,
  secret: signing.secret,
  username: settings.username ?? undefined,
  password: settings.password === null ? undefined : masked,
  alert_emails: settings.alertEmails,
  alert_count: settings.alertCount ?? undefined,
  event_types: settings.eventTypes ?? undefined,
});

export const getSettings =
  ({ settings }: Webhooks): Operation =>
  async (_, __, merchantId) => ({ body: tell(await settings.read(merchantId)) });

/** Replaces the URLs, and of the rest what is given: the vendor's own plugins send no more than they know of. */
export const putSettings =
  (webhooks: Webhooks): Operation =>
  async ({ merchants }, { body, now: askedAt }, merchantId) => {
    const read = fields(body, "");
    if (isApiError(read)) return read;
    const wrongUrl = urlFault(webhooks, await merchants.of(merchantId, askedAt), read.urls);
    if (wrongUrl !== undefined) return wrongUrl;
    const stranger = read.event_types?.find((type) => !webhooks.frisbiiEvents.names.includes(type));
    if (stranger !== undefined) return invalid(`event_types must be among: ${webhooks.frisbiiEvents.names.join(", ")}`);
    const saved = await webhooks.settings.change<ApiError>(
      merchantId,
      (now) => ({
        ...now,
        urls: read.urls,
        disabled: read.disabled,
        username: orNone(read.username, now.username),
        password: read.password === masked ? now.password : orNone(read.password, now.password),
        alertEmails: read.alert_emails ?? now.alertEmails,
        alertCount: read.alert_count ?? now.alertCount,
        eventTypes:
          read.event_types === null ? now.eventTypes : read.event_types.length === 0 ? null : read.event_types,
      }),
      { revive: true },
    );
    return isApiError(saved) ? saved : { body: tell(saved) };
  };

/** A new secret, for all URLs at once: what is told from now on, again or for the first time, is signed with it. */
export const renewSecret =
  ({ settings }: Webhooks): Operation =>
  async (_, __, merchantId) => {
    const renewed = await settings.change(merchantId, (now): SharedSettings => ({
      ...now,
      signing: settings.newSigning(),
    }));
    return { body: tell(renewed) };
  };

/** Left out: as it was; empty: none. */
export const orNone = (given: string | null, was: string | null): string | null =>
  given === null ? was : given === "" ? null : given;

export function urlFault(webhooks: Webhooks, merchant: Merchant, urls: readonly string[]): ApiError | undefined {
  for (const [index, one] of urls.entries()) {
    const problem = webhooks.urlProblem(merchant, one);
    if (problem !== undefined) return invalid(`urls[${index}]: ${problem}`);
  }
  return undefined;
}
