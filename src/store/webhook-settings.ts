import type pg from "pg";
import type { EndpointSecrets, SigningSecret } from "../core/endpoint.ts";
import type { Topic } from "../core/notice.ts";
import type { Place } from "../vault/vault.ts";
import { readAs, run, writeAs } from "./db.ts";
import { lockMerchant, toEndpoint, type EndpointPorts, type Endpoints } from "./endpoints.ts";
import type { Row } from "./read.ts";

/** What all of a merchant's endpoints in the Frisbii format share, and their URLs. */
export interface SharedSettings {
  readonly urls: readonly string[];
  /** None of them is told anything. */
  readonly disabled: boolean;
  readonly signing: SigningSecret;
  readonly username: string | null;
  readonly password: string | null;
  readonly alertEmails: readonly string[];
  readonly alertCount: number | null;
  /** In the words of that API; null: all that are usual. */
  readonly eventTypes: readonly string[] | null;
}

export interface SettingsPorts extends EndpointPorts {
  readonly endpoints: Endpoints;
  newSecret(): string;
  topicsOf(eventTypes: readonly string[] | null): Topic[];
  /** Milliseconds since 1970. */
  now(): number;
}

export interface ChangeOptions {
  /** Endpoints that were disabled for a reason of their own are told again as well. */
  readonly revive?: boolean;
  /** Headers that are sent to a URL besides. */
  readonly headers?: { readonly url: string; readonly given: Readonly<Record<string, string>> };
}

/** Disabled by the settings, and so enabled by them. */
export const bySettings = "webhooks are disabled in the settings";

/** An endpoint that old news was moved to, and that is told nothing new: it asked for no events at all. */
export const isForMoved = ({ types }: { readonly types: readonly string[] | null }): boolean => types?.length === 0;

/** The webhook settings of all merchants: one row each, and one endpoint for each URL, changed in one transaction. */
export class WebhookSettings {
  readonly #ports: SettingsPorts;
  constructor(ports: SettingsPorts) {
    this.#ports = ports;
  }

  /** A merchant that has none yet gets them, with a secret and no URL. */
  async read(merchantId: string): Promise<SharedSettings> {
    const found = await readAs(this.#ports.pool, merchantId, (client) => this.#find(client, merchantId));
    return found ?? writeAs(this.#ports.pool, [merchantId], (client) => this.readIn(client, merchantId));
  }

  /** The same within a transaction of the caller's: nobody else changes them until its end. */
  async readIn(client: pg.ClientBase, merchantId: string): Promise<SharedSettings> {
    await lockMerchant(client, merchantId);
    const found = await this.#find(client, merchantId);
    if (found !== undefined) return found;
    const fresh: SharedSettings = {
      urls: [],
      disabled: false,
      signing: this.newSigning(),
      username: null,
      password: null,
      alertEmails: [],
      alertCount: null,
      eventTypes: null,
    };
    await this.#save(client, merchantId, fresh);
    return fresh;
  }

  /** What comes of `decide` is saved, and followed by the endpoints; a no of its own is given back, and nothing is changed. */
  async change<E extends object>(
    merchantId: string,
    decide: (now: SharedSettings) => SharedSettings | E,
    options: ChangeOptions = {},
  ): Promise<SharedSettings | E> {
    return writeAs(this.#ports.pool, [merchantId], async (client) => {
      const now = await this.readIn(client, merchantId);
      const next = decide(now);
      if (!isSettings(next)) return next;
      await this.#save(client, merchantId, next);
      await this.#follow(client, merchantId, next, now.disabled, options);
      return next;
    });
  }

  newSigning(): SigningSecret {
    return { id: this.#ports.rowId(), secret: this.#ports.newSecret(), createdAt: this.#ports.now() };
  }

  async #find(client: pg.ClientBase, merchantId: string): Promise<SharedSettings | undefined> {
    const row = (await run<Row>(client, readSettings, [merchantId])).rows[0];
    if (row === undefined) return undefined;
    const sealed = await this.#ports.vault.open(place(merchantId), row["sealed"]);
    const { signing, password } = JSON.parse(sealed) as Pick<EndpointSecrets, "signing" | "password">;
    return {
      urls: row["urls"],
      disabled: row["disabled"],
      signing: signing[0]!,
      username: row["username"],
      password,
      alertEmails: row["alert_emails"],
      alertCount: row["alert_count"],
      eventTypes: row["event_types"],
    };
  }

  async #save(client: pg.ClientBase, merchantId: string, settings: SharedSettings): Promise<void> {
    const { disabled, username, signing, password, alertEmails, alertCount, eventTypes } = settings;
    const sealed = await this.#ports.vault.seal(place(merchantId), JSON.stringify({ signing: [signing], password }));
    await run(client, saveSettings, [merchantId, disabled, username, sealed, alertEmails, alertCount, eventTypes]);
  }

  /** Makes the endpoints what the settings say: one for each URL, and the same secret for all. */
  async #follow(
    client: pg.ClientBase,
    merchantId: string,
    next: SharedSettings,
    wasDisabled: boolean,
    { revive = false, headers }: ChangeOptions,
  ): Promise<void> {
    const { endpoints, topicsOf } = this.#ports;
    const { username, password, eventTypes: types } = next;
    const topics = topicsOf(types);
    const missing = new Set(next.urls);
    for (const row of (await run<Row>(client, readEndpoints, [merchantId])).rows) {
      const endpoint = toEndpoint(row);
      const was = await endpoints.secretsOf(row);
      const given = headers?.url === endpoint.url ? headers.given : was.headers;
      const enabled = revive || wasDisabled || endpoint.disabled === null;
      const disabledBecause = next.disabled ? bySettings : enabled ? null : endpoint.disabled.because;
      const signing = [next.signing];
      if (isForMoved(endpoint)) {
        const secrets = { ...was, signing };
        await endpoints.update(client, merchantId, endpoint.id, { secrets, disabledBecause });
      } else if (missing.delete(endpoint.url)) {
        const secrets = { signing, password, headers: given };
        const change = { types, topics, username, secrets, disabledBecause };
        await endpoints.update(client, merchantId, endpoint.id, change);
      } else await endpoints.discard(client, merchantId, endpoint.id);
    }
    for (const url of missing) {
      const given = headers?.url === url ? headers.given : {};
      const secrets = { signing: [next.signing], password, headers: given };
      const { id } = await endpoints.insert(client, merchantId, {
        format: "frisbii",
        url,
        types,
        topics,
        username,
        secrets,
      });
      if (next.disabled) await endpoints.update(client, merchantId, id, { disabledBecause: bySettings });
    }
  }
}

const isSettings = (value: object): value is SharedSettings => "urls" in value && "signing" in value;
const place = (merchantId: string): Place => ({ merchantId, rowId: merchantId, purpose: "webhook settings" });

const readSettings = {
  name: "webhook_settings",
  text: `select s.*, array(select e.url from endpoints e
                            where e.merchant_id = s.merchant_id and e.format = 'frisbii' and e.removed_at is null and e.types is distinct from '{}'
                            order by e.id) as urls
           from webhook_settings s where s.merchant_id = $1`,
};
const readEndpoints =
  "select * from endpoints where merchant_id = $1 and format = 'frisbii' and removed_at is null order by id";
const saveSettings = `
  insert into webhook_settings (merchant_id, disabled, username, sealed, alert_emails, alert_count, event_types)
  values ($1, $2, $3, $4, $5, $6, $7)
  on conflict (merchant_id) do update set disabled = excluded.disabled, username = excluded.username, sealed = excluded.sealed,
    alert_emails = excluded.alert_emails, alert_count = excluded.alert_count, event_types = excluded.event_types`;
