import type { KeyObject } from "node:crypto";
import type pg from "pg";
import type { Config } from "./config.ts";
import { mayBeHere } from "./webhooks.ts";
import { frisbiiEvents } from "./dialects/frisbii/event-types.ts";
import type { Ids } from "./dialects/services.ts";
import type { Webhooks } from "./dialects/webhooks.ts";
import { opaqueIds } from "./dialects/opaque-ids.ts";
import type { Receivers } from "./receivers/receiver.ts";
import { urlProblem } from "./receivers/url.ts";
import type { Endpoints } from "./store/endpoints.ts";
import { Told } from "./store/told.ts";
import { WebhookSettings } from "./store/webhook-settings.ts";
import type { Vault } from "./vault/vault.ts";

export interface WebhookDeskPorts {
  readonly config: Pick<Config, "frisbiiEventNames">;
  readonly pool: pg.Pool;
  readonly vault: Vault;
  readonly endpoints: Endpoints;
  readonly ids: Ids;
  /** What ids of events and webhooks are made with: the installation's own, for good. */
  readonly idKey: KeyObject;
  readonly receivers: Pick<Receivers, "call" | "rules">;
  readonly wake: Webhooks["wake"];
}

/** What the APIs manage webhooks with, put together. */
export function openWebhooks({
  config,
  pool,
  vault,
  endpoints,
  ids,
  idKey,
  receivers,
  wake,
}: WebhookDeskPorts): Webhooks {
  const events = frisbiiEvents(config.frisbiiEventNames);
  return {
    pool,
    endpoints,
    settings: new WebhookSettings({
      pool,
      vault,
      rowId: () => ids.row(),
      endpoints,
      newSecret: () => `webhook_secret_${ids.hex()}`,
      topicsOf: (types) => events.topicsOf(types),
      now: Date.now,
    }),
    told: new Told(pool, endpoints),
    ids: opaqueIds(idKey),
    frisbiiEvents: events,
    urlProblem: (merchant, url) => urlProblem(url, receivers.rules(mayBeHere(merchant))),
    wake,
    ask: (merchant, { url, headers }) => receivers.call({ method: "GET", url, headers, loopback: mayBeHere(merchant) }),
  };
}
