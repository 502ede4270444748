import { systemClock, within } from "./clock.ts";
import type { Config } from "./config.ts";
import type { EndpointFormat } from "./core/endpoint.ts";
import type { Merchant } from "./core/parties.ts";
import { standardLetters } from "./dialects/admin/letter.ts";
import type { EventTypes } from "./dialects/event-types.ts";
import { frisbiiLetters } from "./dialects/frisbii/letter.ts";
import type { LetterWriter } from "./dialects/letter.ts";
import { worldlineLetters } from "./dialects/worldline/letter.ts";
import { Deliverer, type NoticeStore } from "./engine/deliver.ts";
import type { OpenEndpoint } from "./engine/mailbox.ts";
import { startPulse } from "./engine/pulse.ts";
import { waitsOn } from "./engine/clock.ts";
import type { Log } from "./log.ts";
import type { OpaqueIds } from "./dialects/opaque-ids.ts";
import { openReceivers, type Receivers } from "./receivers/receiver.ts";

export const demoHandle = "demo";

/** Whether a merchant's receivers may be on this machine: the demo's may, which everybody tries first, as long as it moves no money. */
export const mayBeHere = ({ test, handle }: Pick<Merchant, "test" | "handle">): boolean =>
  test && handle === demoHandle;

export interface Webhooks {
  readonly deliverer: Deliverer;
  readonly receivers: Receivers;
  close(): Promise<void>;
}

export interface WebhookSurroundings {
  readonly config: Pick<Config, "webhookAllow" | "webhookRetries" | "worldlineTimezone">;
  readonly store: NoticeStore;
  readonly ids: OpaqueIds;
  readonly frisbiiEvents: EventTypes;
  /** Ports of this server and its parts, which no webhook is sent to. */
  ownPorts(): readonly number[];
  readonly log: Log;
}

/** Starts telling merchants' endpoints what happens. */
export function startWebhooks({ config, store, ids, frisbiiEvents, ownPorts, log }: WebhookSurroundings): Webhooks {
  const writers: Record<EndpointFormat, LetterWriter> = {
    frisbii: frisbiiLetters({ ids, events: frisbiiEvents }),
    worldline: worldlineLetters({ ids, timezone: config.worldlineTimezone }),
    standard: standardLetters({ ids }),
  };
  const receivers = openReceivers({
    allow: config.webhookAllow,
    ownPorts,
    monotonic: () => performance.now(),
    now: Date.now,
  });
  const tell = (event: Record<string, unknown>, message: string) => log.warn(event, message);
  const all = config.webhookRetries;
  const deliverer = new Deliverer({
    ...(all === undefined ? {} : { retries: { frisbii: all, worldline: all, standard: all } }),
    store,
    clock: systemClock,
    write: (endpoint, notice) => writers[endpoint.format](endpoint, notice, Date.now()),
    post: ({ url, merchant }: OpenEndpoint, { headers, body }) =>
      receivers.call({ method: "POST", url, headers, body, loopback: mayBeHere(merchant) }),
    log: tell,
  });
  const { pause } = waitsOn(systemClock);
  const jobs = [
    { name: "webhooks", everyMs: 500, run: () => deliverer.look() },
    { name: "old webhooks", everyMs: 60_000, run: () => store.forget() },
  ];
  const stop = startPulse(jobs, { pause, log: tell });
  const end = async () => {
    await within(2_500, Promise.all([stop(), deliverer.close(1_500)])); // a database that is away is not waited for
    await receivers.close();
  };
  let ended: Promise<void> | undefined;
  return { deliverer, receivers, close: () => (ended ??= end()) };
}
