import type pg from "pg";
import type { Endpoint, EndpointSecrets } from "../core/endpoint.ts";
import type { Merchant } from "../core/parties.ts";
import { readAs, run, writeAs } from "./db.ts";
import { toEndpoint, type Endpoints } from "./endpoints.ts";
import { toMerchant, type Row } from "./read.ts";
import { joined } from "./rows.ts";

export interface EndpointKey {
  readonly merchantId: string;
  readonly endpointId: string;
}

/**
 * Endpoints that something waits for, and that no other server than `owner` delivers to, by their keys: the first `most` behind `behind`
 * (undefined: of all).
 */
export const dueEndpoints = (
  pool: pg.Pool,
  owner: string,
  most: number,
  behind: EndpointKey | undefined,
): Promise<EndpointKey[]> =>
  readAs(pool, [], async (client) => {
    const from = [behind?.merchantId ?? "-1", behind?.endpointId ?? "-1"];
    const { rows } = await run<Row>(client, findDue, [owner, most, ...from]);
    return rows.map((row) => ({ merchantId: row["merchant_id"], endpointId: row["id"] }));
  });

/** Takes endpoints on for `seconds`, or longer, if they are `owner`'s already. Tells which: the others are somebody else's. */
export function leaseEndpoints(
  pool: pg.Pool,
  endpoints: Endpoints,
  owner: string,
  keys: readonly EndpointKey[],
  seconds: number,
): Promise<(Endpoint & { secrets: EndpointSecrets; merchant: Merchant })[]> {
  if (keys.length === 0) return Promise.resolve([]);
  return writeAs(pool, merchantsOf(keys), async (client) => {
    const { rows } = await run<Row>(client, lease, [...columnsOf(keys), owner, seconds]);
    const merchants = await run<Row>(client, readMerchants, [joined(merchantsOf(keys))]);
    const byId = new Map(merchants.rows.map((row) => [row["id"] as string, toMerchant(row)]));
    const opened = rows.map(async (row) => {
      const merchant = byId.get(row["merchant_id"])!;
      return { ...toEndpoint(row), secrets: await endpoints.secretsOf(row), merchant };
    });
    return Promise.all(opened);
  });
}

/** Gives endpoints back, for whoever is next. */
export async function releaseEndpoints(pool: pg.Pool, owner: string, keys: readonly EndpointKey[]): Promise<void> {
  if (keys.length === 0) return;
  await writeAs(pool, merchantsOf(keys), (client) => run(client, release, [...columnsOf(keys), owner]));
}

const merchantsOf = (keys: readonly EndpointKey[]): string[] => [...new Set(keys.map(({ merchantId }) => merchantId))];
const columnsOf = (keys: readonly EndpointKey[]): string[] => [
  joined(keys.map((key) => key.merchantId)),
  joined(keys.map((key) => key.endpointId)),
];

const keysOf = "unnest($1::bigint[], $2::bigint[]) as k(merchant_id, id)";
const findDue = { name: "due_endpoints", text: "select * from due_endpoints($1, clock_timestamp(), $2, $3, $4)" };
const lease = {
  name: "lease_endpoints",
  text: `update endpoints e set lease_owner = $3, lease_until = clock_timestamp() + $4::integer * interval '1 second'
           from ${keysOf}
          where e.merchant_id = k.merchant_id and e.id = k.id
            and (e.lease_owner = $3 or e.lease_until is null or e.lease_until < clock_timestamp())
         returning e.*`,
};
const readMerchants = { name: "merchants_told", text: "select * from merchants where id = any($1::bigint[])" };
const release = {
  name: "release_endpoints",
  text: `update endpoints e set lease_owner = null, lease_until = null from ${keysOf}
          where e.merchant_id = k.merchant_id and e.id = k.id and e.lease_owner = $3`,
};
