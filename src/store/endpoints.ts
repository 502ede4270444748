import type pg from "pg";
import type { Endpoint, EndpointFormat, EndpointSecrets, SigningSecret } from "../core/endpoint.ts";
import type { Topic } from "../core/notice.ts";
import type { Place, Vault } from "../vault/vault.ts";
import { readAs, run, writeAs } from "./db.ts";
import type { Row } from "./read.ts";

export interface NewEndpoint {
  readonly format: EndpointFormat;
  readonly url: string;
  readonly types: readonly string[] | null;
  readonly topics: readonly Topic[];
  readonly username: string | null;
  readonly secrets: EndpointSecrets;
}

/** What can be changed of one. */
export type EndpointChange = Partial<Omit<NewEndpoint, "format">> & {
  /** Null: it is told again. */
  readonly disabledBecause?: string | null;
};

export interface EndpointPorts {
  readonly pool: pg.Pool;
  readonly vault: Vault;
  rowId(): string;
}

/** The endpoints of all merchants. Every change is seen by the next batch that decides for the merchant. */
export class Endpoints {
  readonly #ports: EndpointPorts;
  constructor(ports: EndpointPorts) {
    this.#ports = ports;
  }

  /** Those of a merchant that have not been removed, oldest first. */
  list(merchantId: string, format?: EndpointFormat): Promise<Endpoint[]> {
    return readAs(this.#ports.pool, merchantId, async (client) => {
      const text = `select * from endpoints where merchant_id = $1 and removed_at is null and ($2::text is null or format = $2) order by id`;
      const { rows } = await run<Row>(client, { name: "list_endpoints", text }, [merchantId, format ?? null]);
      return rows.map(toEndpoint);
    });
  }

  /** The same with their secrets, within a transaction of the caller's that has locked the merchant. */
  async listIn(
    client: pg.ClientBase,
    merchantId: string,
    format: EndpointFormat,
  ): Promise<(Endpoint & { secrets: EndpointSecrets })[]> {
    const text = "select * from endpoints where merchant_id = $1 and removed_at is null and format = $2 order by id";
    const { rows } = await run<Row>(client, { name: "endpoints_of_format", text }, [merchantId, format]);
    return Promise.all(rows.map(async (row) => ({ ...toEndpoint(row), secrets: await this.secretsOf(row) })));
  }

  /** Also one that has been removed. */
  get(merchantId: string, id: string): Promise<(Endpoint & { secrets: EndpointSecrets }) | undefined> {
    return readAs(this.#ports.pool, merchantId, async (client) => {
      const text = "select * from endpoints where merchant_id = $1 and id = $2";
      const row = (await run<Row>(client, { name: "get_endpoint", text }, [merchantId, id])).rows[0];
      return row === undefined ? undefined : { ...toEndpoint(row), secrets: await this.secretsOf(row) };
    });
  }

  create(merchantId: string, draft: NewEndpoint): Promise<Endpoint> {
    return writeAs(this.#ports.pool, [merchantId], (client) => this.insert(client, merchantId, draft));
  }

  /** Undefined: the merchant has no such endpoint. */
  change(merchantId: string, id: string, change: EndpointChange): Promise<Endpoint | undefined> {
    return writeAs(this.#ports.pool, [merchantId], (client) => this.update(client, merchantId, id, change));
  }

  /** Changes what its letters are signed with, as `decide` says of what it was. Undefined: that said nothing, or there is no such endpoint. */
  rotate(
    merchantId: string,
    id: string,
    decide: (signing: readonly SigningSecret[]) => readonly SigningSecret[] | undefined,
  ): Promise<(Endpoint & { secrets: EndpointSecrets }) | undefined> {
    return writeAs(this.#ports.pool, [merchantId], async (client) => {
      await lockMerchant(client, merchantId);
      const row = (await run<Row>(client, lockEndpoint, [merchantId, id])).rows[0];
      const was = row === undefined ? undefined : await this.secretsOf(row);
      const signing = was === undefined ? undefined : decide(was.signing);
      if (was === undefined || signing === undefined) return undefined;
      const secrets = { ...was, signing };
      const endpoint = await this.update(client, merchantId, id, { secrets });
      return endpoint === undefined ? undefined : { ...endpoint, secrets };
    });
  }

  /** It is told nothing more; what waits for it is disabled. */
  remove(merchantId: string, id: string): Promise<Endpoint | undefined> {
    return writeAs(this.#ports.pool, [merchantId], (client) => this.discard(client, merchantId, id));
  }

  /** The same within a transaction of the caller's. */
  async insert(client: pg.ClientBase, merchantId: string, draft: NewEndpoint): Promise<Endpoint> {
    await lockMerchant(client, merchantId);
    const id = this.#ports.rowId();
    const { format, url, types, topics, username, secrets } = draft;
    const values = [merchantId, id, format, url, types, topics, username, await this.#seal(merchantId, id, secrets)];
    const { rows } = await run<Row>(client, insertEndpoint, values);
    await run(client, subscribe, [merchantId]);
    return toEndpoint(rows[0]!);
  }

  async update(
    client: pg.ClientBase,
    merchantId: string,
    id: string,
    change: EndpointChange,
  ): Promise<Endpoint | undefined> {
    await lockMerchant(client, merchantId);
    const row = (await run<Row>(client, lockEndpoint, [merchantId, id])).rows[0];
    if (row === undefined) return undefined;
    const was = { ...toEndpoint(row), disabledBecause: (row["disabled_because"] ?? null) as string | null };
    const { url, types, topics, username, disabledBecause } = { ...was, ...change };
    const sealed = change.secrets === undefined ? row["sealed"] : await this.#seal(merchantId, id, change.secrets);
    const values = [merchantId, id, url, types, topics, username, sealed, disabledBecause];
    const { rows } = await run<Row>(client, updateEndpoint, values);
    if (disabledBecause !== null) await run(client, disableNotices, [merchantId, id]);
    await run(client, subscribe, [merchantId]);
    return toEndpoint(rows[0]!);
  }

  async discard(client: pg.ClientBase, merchantId: string, id: string): Promise<Endpoint | undefined> {
    await lockMerchant(client, merchantId);
    const { rows } = await run<Row>(client, removeEndpoint, [merchantId, id]);
    if (rows[0] === undefined) return undefined;
    await run(client, disableNotices, [merchantId, id]);
    await run(client, subscribe, [merchantId]);
    return toEndpoint(rows[0]);
  }

  /** Opens what an endpoint's row holds sealed. */
  async secretsOf(row: Row): Promise<EndpointSecrets> {
    const sealed = await this.#ports.vault.open(place(row["merchant_id"], row["id"]), row["sealed"]);
    return JSON.parse(sealed) as EndpointSecrets;
  }

  #seal(merchantId: string, id: string, secrets: EndpointSecrets): Promise<string> {
    return this.#ports.vault.seal(place(merchantId, id), JSON.stringify(secrets));
  }
}

const place = (merchantId: string, rowId: string): Place => ({ merchantId, rowId, purpose: "webhook endpoint" });

/** Batches that decide by the merchant's endpoints wait for a change, and a change for them. */
export const lockMerchant = (client: pg.ClientBase, merchantId: string) =>
  run(client, "select 1 from merchants where id = $1 for no key update", [merchantId]);

const insertEndpoint = `
  insert into endpoints (merchant_id, id, format, url, types, topics, username, sealed, created_at)
  values ($1, $2, $3, $4, $5, $6, $7, $8, date_trunc('milliseconds', clock_timestamp())) returning *`;
const lockEndpoint =
  "select * from endpoints where merchant_id = $1 and id = $2 and removed_at is null for no key update";
const updateEndpoint = `
  update endpoints set url = $3, types = $4, topics = $5, username = $6, sealed = $7, disabled_because = $8::text,
         disabled_at = case when $8::text is not null then coalesce(disabled_at, clock_timestamp()) end
   where merchant_id = $1 and id = $2 returning *`;
const removeEndpoint = `
  update endpoints set removed_at = clock_timestamp() where merchant_id = $1 and id = $2 and removed_at is null returning *`;
const disableNotices = `
  update notices set state = 'disabled', next_at = null where merchant_id = $1 and endpoint_id = $2 and next_at is not null`;
/** What batches decide by, from what there is. */
const subscribe = `
  update merchants set subscriptions = coalesce(
    (select jsonb_agg(jsonb_build_object('endpointId', e.id::text, 'topics', e.topics) order by e.id) from endpoints e
      where e.merchant_id = $1 and e.disabled_at is null and e.removed_at is null), '[]')
   where id = $1`;

export const toEndpoint = (r: Row): Endpoint => ({
  merchantId: r.merchant_id,
  id: r.id,
  format: r.format,
  url: r.url,
  types: r.types,
  topics: r.topics,
  username: r.username,
  createdAt: r.created_at,
  disabled: r.disabled_at === null ? null : { at: r.disabled_at, because: r.disabled_because },
  removedAt: r.removed_at,
});
