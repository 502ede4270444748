import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Config } from "./config.ts";
import type { Services } from "./dialects/services.ts";
import { fundMerchant } from "./flow/fund.ts";
import { saveSecret } from "./secret-file.ts";
import type { ApiKeys } from "./store/keys.ts";
import type { Merchants } from "./store/merchants.ts";

/** What the demo merchant starts with: a million of each. */
const fundsMinor = 100_000_000n;
const currencies = ["EUR", "GBP", "USD", "DKK"];

export interface DemoPorts {
  readonly config: Config;
  readonly url: string;
  readonly bankUrl: string;
  /** The admin token, when it was made just now or given by the environment: the database keeps its hash only. */
  readonly adminToken: string | undefined;
  readonly keys: ApiKeys;
  readonly merchants: Merchants;
  readonly services: Services;
}

/**
 * At the first start: one funded demo merchant, whose keys are written to `demo.json` (0600). Later starts only tell
 * where the server and the bank are now. A server with merchants of its own gets no demo.
 */
export async function writeDemo(ports: DemoPorts): Promise<{ file: string; privateKey: string } | undefined> {
  const file = join(ports.config.dataDir, "demo.json");
  const known = existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Demo) : undefined;
  const demo = known === undefined ? await createDemo(ports) : known;
  if (demo === undefined) return undefined;
  const now = {
    ...demo,
    url: ports.url,
    admin_token: ports.adminToken ?? demo.admin_token,
    sandbox_bank: ports.bankUrl,
  };
  mkdirSync(ports.config.dataDir, { recursive: true, mode: 0o700 });
  saveSecret(file, `${JSON.stringify(now, undefined, 2)}\n`, { overwrite: true });
  return { file, privateKey: now.frisbii.private_key };
}

interface Demo {
  readonly url: string;
  readonly admin_token: string;
  readonly merchant: { readonly id: string; readonly handle: string; readonly currency: string };
  readonly frisbii: { readonly private_key: string };
  readonly worldline: { readonly merchant_id: string; readonly key_id: string; readonly secret: string };
  readonly sandbox_bank: string;
}

/** Every step can be done again: a kill in between leaves what the next start completes. */
async function createDemo({
  merchants,
  keys,
  services,
  url,
  bankUrl,
  adminToken,
}: DemoPorts): Promise<Demo | undefined> {
  const known = await merchants.byHandle("demo");
  if (known === undefined && (await merchants.list()).length > 0) return undefined;
  const created = known === undefined ? await merchants.create(profile) : undefined;
  const merchant = created !== undefined && "merchant" in created ? created.merchant : await merchants.byHandle("demo");
  if (merchant === undefined) return undefined;
  for (const currency of currencies) {
    const funding = {
      merchantId: merchant.id,
      id: services.ids.row(),
      reference: `demo-${currency}`,
      currency,
      amountMinor: fundsMinor,
    };
    await services.commit(fundMerchant(funding));
  }
  const frisbii = await keys.create(merchant.id, "frisbii", "demo.json");
  const worldline = await keys.create(merchant.id, "worldline", "demo.json");
  if (frisbii.kind !== "frisbii" || worldline.kind !== "worldline") return undefined;
  return {
    url,
    admin_token: adminToken ?? "",
    merchant: { id: merchant.id, handle: merchant.handle, currency: merchant.currency },
    frisbii: { private_key: frisbii.privateKey },
    worldline: { merchant_id: merchant.worldlineMerchantId, key_id: worldline.keyId, secret: worldline.secret },
    sandbox_bank: bankUrl,
  };
}

const profile = {
  handle: "demo",
  name: "Demo merchant",
  currency: "EUR",
  country: "DK",
  timezone: "Europe/Copenhagen",
} as const;
