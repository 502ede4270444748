import { createSecretKey } from "node:crypto";
import type pg from "pg";
import type { Webhooks } from "../dialects/webhooks.ts";
import type { Vault } from "../vault/vault.ts";
import { openReceivers } from "../receivers/receiver.ts";
import { Endpoints } from "../store/endpoints.ts";
import { openWebhooks, type WebhookDeskPorts } from "../webhook-desk.ts";
import { ids } from "./world.ts";

/** What the APIs manage webhooks with, on a test's database. */
export const deskFor = (pool: pg.Pool, vault: Vault, over: Partial<WebhookDeskPorts> = {}): Webhooks =>
  openWebhooks({
    config: { frisbiiEventNames: {} },
    pool,
    vault,
    endpoints: new Endpoints({ pool, vault, rowId: () => ids.row() }),
    ids,
    idKey: createSecretKey(Buffer.alloc(32, 9)),
    receivers: openReceivers({ allow: [], ownPorts: () => [], monotonic: () => performance.now(), now: Date.now }),
    wake: () => {},
    ...over,
  });
