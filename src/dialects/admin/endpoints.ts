import {
  endpointFormats,
  type Endpoint,
  type EndpointFormat,
  type EndpointSecrets,
  type SigningSecret,
} from "../../core/endpoint.ts";
import type { Merchant } from "../../core/parties.ts";
import { isRowId } from "../../store/reader.ts";
import { isForMoved, type SharedSettings } from "../../store/webhook-settings.ts";
import type { EventTypes } from "../event-types.ts";
import type { Webhooks } from "../webhooks.ts";
import { worldlineEvents } from "../worldline/event-types.ts";
import { endpointFields, endpointUrl } from "./endpoint-fields.ts";
import { AdminError, invalid, isAdminError, unknown } from "./errors.ts";
import { ownEvents } from "./event-types.ts";
import { optional } from "./fields.ts";
import { ok, onMerchant, type AdminPorts } from "./operation.ts";
import { instantText } from "./show.ts";
import { oneOf } from "./values.ts";

/** So many a merchant may have; of the Frisbii format as many as that API allows. */
const mostEndpoints = 20;
const mostFrisbiiUrls = 10;
/** So many secrets sign at a time, while receivers are given the new one. */
const mostSecrets = 3;

export type Opened = Endpoint & { readonly secrets: EndpointSecrets };

/** An endpoint without its secrets. */
export const showEndpoint = (endpoint: Endpoint, secrets: EndpointSecrets) => ({
  id: endpoint.id,
  format: endpoint.format,
  url: endpoint.url,
  event_types: endpoint.types,
  headers: Object.keys(secrets.headers),
  username: endpoint.username,
  has_password: secrets.password !== null,
  secrets: secrets.signing.map(({ id, createdAt }) => ({ id, created_at: instantText(createdAt) })),
  created_at: instantText(endpoint.createdAt),
  disabled:
    endpoint.disabled === null ? null : { at: instantText(endpoint.disabled.at), because: endpoint.disabled.because },
});

const typesOf = (format: EndpointFormat, { frisbiiEvents }: Webhooks): EventTypes =>
  ({ frisbii: frisbiiEvents, worldline: worldlineEvents, standard: ownEvents })[format];

/** What a format's letters are signed with: as its receivers want to be given it. */
function newSecret(
  format: EndpointFormat,
  { services: { ids } }: Pick<AdminPorts, "services">,
  now: number,
): SigningSecret {
  const bytes = Buffer.from(ids.hex() + ids.hex(), "hex").toString("base64");
  return { id: ids.hex().slice(0, 16), secret: format === "standard" ? `whsec_${bytes}` : bytes, createdAt: now };
}

/** The merchant's endpoint that the path names. */
export async function findEndpoint(
  { webhooks }: Pick<AdminPorts, "webhooks">,
  merchant: Merchant,
  id: string | undefined,
): Promise<Opened | AdminError> {
  const found = isRowId(id ?? "") ? await webhooks.endpoints.get(merchant.id, id!) : undefined;
  return found === undefined || found.removedAt !== null ? unknown("endpoint") : found;
}

const found = (endpoint: Opened | undefined) =>
  endpoint === undefined ? unknown("endpoint") : ok(showEndpoint(endpoint, endpoint.secrets));

function faultOf(
  webhooks: Webhooks,
  merchant: Merchant,
  format: EndpointFormat,
  given: { url?: string | undefined; event_types?: readonly string[] | null | undefined },
) {
  const problem = given.url === undefined ? undefined : webhooks.urlProblem(merchant, given.url);
  if (problem !== undefined) return new AdminError(400, "invalid", problem, "url");
  const { names } = typesOf(format, webhooks);
  const stranger = given.event_types?.some((type) => !names.includes(type)) ?? false;
  const none = given.event_types?.length === 0;
  return stranger || none ? invalid("event_types", `must be one or more of ${names.join(", ")}`) : undefined;
}

/** What the endpoints of the Frisbii format share, with what is given put in its place. */
const shared = (
  now: SharedSettings,
  given: {
    event_types?: readonly string[] | null | undefined;
    username?: string | null | undefined;
    password?: string | null | undefined;
  },
): SharedSettings => ({
  ...now,
  ...(given.event_types === undefined ? {} : { eventTypes: given.event_types }),
  ...(given.username === undefined ? {} : { username: given.username }),
  ...(given.password === undefined ? {} : { password: given.password }),
});

export const endpointOperations = [
  onMerchant("POST", "/endpoints", {
    does: "adds a URL that is told what happens, in the format of one API (`standard`: Standard Webhooks); its secret is shown this once. Endpoints of the Frisbii format share secret, credentials and events: what is given here counts for all of them",
    body: { format: oneOf(...endpointFormats), url: endpointUrl, ...endpointFields },
    async run(ports, { merchant, body, now }) {
      const { webhooks } = ports;
      const { format, url, headers = {}, username = null, password = null, event_types: types = null } = body;
      const fault = faultOf(webhooks, merchant, format, body);
      if (fault !== undefined) return fault;
      const there = (await webhooks.endpoints.list(merchant.id)).filter((one) => !isForMoved(one));
      if (there.some((one) => one.format === format && one.url === url))
        return new AdminError(409, "endpoint_exists", "there is an endpoint of this format at this URL", "url");
      if (there.length >= mostEndpoints) return tooMany(mostEndpoints);
      if (format === "frisbii") {
        const saved = await webhooks.settings.change<AdminError>(
          merchant.id,
          (was) =>
            was.urls.length >= mostFrisbiiUrls
              ? tooMany(mostFrisbiiUrls)
              : shared({ ...was, urls: [...new Set([...was.urls, url])] }, body),
          { headers: { url, given: headers } },
        );
        if (isAdminError(saved)) return saved;
        const all = await webhooks.endpoints.list(merchant.id, format);
        const made = await opened(
          ports,
          merchant,
          all.find((one) => one.url === url && !isForMoved(one)),
        );
        return made === undefined ? unknown("endpoint") : shownOnce(made, 201);
      }
      const secrets = { signing: [newSecret(format, ports, now)], password, headers };
      const topics = typesOf(format, webhooks).topicsOf(types);
      const made = await webhooks.endpoints.create(merchant.id, { format, url, types, topics, username, secrets });
      return shownOnce({ ...made, secrets }, 201);
    },
  }),
  onMerchant("GET", "/endpoints", {
    does: "lists the endpoints, oldest first, without their secrets",
    async run(ports, { merchant }) {
      const all = await ports.webhooks.endpoints.list(merchant.id);
      const open = await Promise.all(all.map((one) => opened(ports, merchant, one)));
      return ok({ endpoints: open.flatMap((one) => (one === undefined ? [] : [showEndpoint(one, one.secrets)])) });
    },
  }),
  onMerchant("GET", "/endpoints/:endpoint", {
    does: "shows an endpoint without its secrets",
    async run(ports, { merchant, params }) {
      const endpoint = await findEndpoint(ports, merchant, params["endpoint"]);
      return isAdminError(endpoint) ? endpoint : found(endpoint);
    },
  }),
  onMerchant("PATCH", "/endpoints/:endpoint", {
    does: "changes what is given of an endpoint. Events and credentials of the Frisbii format are changed for all endpoints of that format",
    body: { url: optional(endpointUrl), ...endpointFields },
    async run(ports, { merchant, params, body }) {
      const { webhooks } = ports;
      const was = await findEndpoint(ports, merchant, params["endpoint"]);
      if (isAdminError(was)) return was;
      const fault = faultOf(webhooks, merchant, was.format, body);
      if (fault !== undefined) return fault;
      const { url, headers, username, password, event_types: types } = body;
      if (was.format === "frisbii") {
        if (url !== undefined && url !== was.url)
          return invalid("url", "cannot be changed in the Frisbii format: add another endpoint, and remove this one");
        const given = { headers: { url: was.url, given: headers ?? was.secrets.headers } };
        await webhooks.settings.change(merchant.id, (now): SharedSettings => shared(now, body), given);
        return found(await webhooks.endpoints.get(merchant.id, was.id));
      }
      const secrets = {
        ...was.secrets,
        ...(headers === undefined ? {} : { headers }),
        ...(password === undefined ? {} : { password }),
      };
      const topics = types === undefined ? {} : { types, topics: typesOf(was.format, webhooks).topicsOf(types) };
      const change = {
        ...topics,
        ...(url === undefined ? {} : { url }),
        ...(username === undefined ? {} : { username }),
      };
      await webhooks.endpoints.change(merchant.id, was.id, { ...change, secrets });
      return found(await webhooks.endpoints.get(merchant.id, was.id));
    },
  }),
  onMerchant("DELETE", "/endpoints/:endpoint", {
    does: "removes an endpoint: it is told nothing more, and what it was told can still be looked up",
    async run(ports, { merchant, params }) {
      const { webhooks } = ports;
      const was = await findEndpoint(ports, merchant, params["endpoint"]);
      if (isAdminError(was)) return was;
      if (was.format === "frisbii" && !isForMoved(was)) {
        const without = (now: SharedSettings) => ({ ...now, urls: now.urls.filter((url) => url !== was.url) });
        await webhooks.settings.change(merchant.id, without);
      } else await webhooks.endpoints.remove(merchant.id, was.id);
      return ok(showEndpoint(was, was.secrets));
    },
  }),
  onMerchant("POST", "/endpoints/:endpoint/enable", {
    does: "has an endpoint told again that was disabled; of the Frisbii format, all that are. What was disabled meanwhile stays so until it is sent again",
    async run(ports, { merchant, params }) {
      const { webhooks } = ports;
      const was = await findEndpoint(ports, merchant, params["endpoint"]);
      if (isAdminError(was)) return was;
      if (was.format === "frisbii") {
        const enabled = (now: SharedSettings) => ({ ...now, disabled: false });
        await webhooks.settings.change(merchant.id, enabled, { revive: true });
      } else await webhooks.endpoints.change(merchant.id, was.id, { disabledBecause: null });
      return found(await webhooks.endpoints.get(merchant.id, was.id));
    },
  }),
  onMerchant("POST", "/endpoints/:endpoint/secret", {
    does: "gives an endpoint a new secret, shown this once. Of the Standard Webhooks format the old one signs beside it until it is dropped; a Worldline endpoint signs with the new key, whose id tells it from the old; endpoints of the Frisbii format share one, and all get the new one",
    async run(ports, { merchant, params, now }) {
      const { webhooks } = ports;
      const was = await findEndpoint(ports, merchant, params["endpoint"]);
      if (isAdminError(was)) return was;
      if (was.format === "frisbii") {
        const signing = webhooks.settings.newSigning();
        await webhooks.settings.change(merchant.id, (is): SharedSettings => ({ ...is, signing }));
        return shownOnce({ ...was, secrets: { ...was.secrets, signing: [signing] } }, 201);
      }
      const secret = newSecret(was.format, ports, now);
      const changed = await webhooks.endpoints.rotate(merchant.id, was.id, (signing) =>
        signing.length >= mostSecrets ? undefined : [secret, ...signing],
      );
      if (changed === undefined)
        return new AdminError(
          409,
          "too_many_secrets",
          `an endpoint has at most ${mostSecrets} secrets: drop an old one`,
        );
      return shownOnce(changed, 201);
    },
  }),
  onMerchant("DELETE", "/endpoints/:endpoint/secret/:secret", {
    does: "drops a secret of an endpoint; the last one stays",
    async run(ports, { merchant, params }) {
      const was = await findEndpoint(ports, merchant, params["endpoint"]);
      if (isAdminError(was)) return was;
      if (!was.secrets.signing.some(({ id }) => id === params["secret"])) return unknown("secret");
      const changed = await ports.webhooks.endpoints.rotate(merchant.id, was.id, (signing) => {
        const left = signing.filter(({ id }) => id !== params["secret"]);
        return left.length === 0 ? undefined : left;
      });
      return changed === undefined
        ? new AdminError(409, "last_secret", "an endpoint keeps its last secret: give it a new one first")
        : found(changed);
    },
  }),
];

const tooMany = (most: number) =>
  new AdminError(409, "too_many_endpoints", `a merchant has at most ${most} endpoints of this kind`);

async function opened({ webhooks }: Pick<AdminPorts, "webhooks">, merchant: Merchant, one: Endpoint | undefined) {
  return one === undefined ? undefined : webhooks.endpoints.get(merchant.id, one.id);
}

/** With the secret, which is never shown again. */
function shownOnce(endpoint: Opened, status: number) {
  const { id, secret } = endpoint.secrets.signing[0]!;
  return ok({ ...showEndpoint(endpoint, endpoint.secrets), secret: { id, value: secret } }, status);
}
