import type pg from "pg";
import type { Merchant } from "../core/parties.ts";
import type { EndpointKey } from "../store/endpoint-leases.ts";
import type { Endpoints } from "../store/endpoints.ts";
import type { Told } from "../store/told.ts";
import type { WebhookSettings } from "../store/webhook-settings.ts";
import type { EventTypes } from "./event-types.ts";
import type { OpaqueIds } from "./opaque-ids.ts";

/** What the APIs manage webhooks with. */
export interface Webhooks {
  readonly pool: pg.Pool;
  readonly endpoints: Endpoints;
  readonly settings: WebhookSettings;
  readonly told: Told;
  readonly ids: OpaqueIds;
  /** The Frisbii API's events, under the names that the operator gave them. */
  readonly frisbiiEvents: EventTypes;
  /** Why a merchant's webhooks cannot go there, in plain words; undefined: they can. */
  urlProblem(merchant: Merchant, url: string): string | undefined;
  /** Something waits for these endpoints. */
  wake(endpoints: readonly EndpointKey[]): void;
  /** Asks a receiver by GET. */
  ask(
    merchant: Merchant,
    question: { readonly url: string; readonly headers: Readonly<Record<string, string>> },
  ): Promise<Heard>;
}

/** What a receiver answered. */
export interface Heard {
  /** Null: there was no answer. */
  readonly status: number | null;
  readonly fault: string | null;
  readonly body: string;
}
