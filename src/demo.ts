import { demoHandle } from "./webhooks.ts";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Config } from "./config.ts";
import type { Services } from "./dialects/services.ts";
import { isRefusal } from "./core/refusal.ts";
import { fundMerchant } from "./flow/fund.ts";
import { addMethod, createToken } from "./flow/method.ts";
import { saveSecret } from "./secret-file.ts";
import type { ApiKeys } from "./store/keys.ts";
import type { Merchants } from "./store/merchants.ts";
import type { Rates } from "./store/rates.ts";

/** What the demo merchant starts with: a million of each. */
const fundsMinor = 100_000_000n;
const currencies = ["EUR", "GBP", "USD", "DKK"];
/** A sample: amounts are converted by it, payouts never. */
const rate = { source: "EUR", target: "USD", rate: "1.0823" };

export interface DemoPorts {
  readonly config: Config;
  readonly url: string;
  readonly bankUrl: string;
  /** The admin token, when it was made just now or given by the environment: the database keeps its hash only. */
  readonly adminToken: string | undefined;
  readonly keys: ApiKeys;
  readonly merchants: Merchants;
  readonly rates: Rates;
  readonly services: Services;
}

/** What the terminal shows of the demo. */
export interface DemoKeys {
  readonly file: string;
  readonly privateKey: string;
  /** A saved card that can be paid. */
  readonly card: string;
}

/**
 * At the first start: one funded demo merchant with a customer and a card, whose keys are written to `demo.json` (0600). Later
 * starts only tell where the server and the bank are now. A server with merchants of its own gets no demo.
 */
export async function writeDemo(ports: DemoPorts): Promise<DemoKeys | undefined> {
  const file = join(ports.config.dataDir, "demo.json");
  const known = existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Demo) : undefined;
  const demo = known ?? (await createDemo(ports));
  if (demo === undefined) return undefined;
  const now = {
    ...demo,
    url: ports.url,
    admin_token: ports.adminToken ?? demo.admin_token,
    sandbox_bank: ports.bankUrl,
  };
  mkdirSync(ports.config.dataDir, { recursive: true, mode: 0o700 });
  saveSecret(file, `${JSON.stringify(now, undefined, 2)}\n`, { overwrite: true });
  return { file, privateKey: now.frisbii.private_key, card: now.frisbii.card };
}

interface Demo {
  readonly url: string;
  readonly admin_token: string;
  readonly merchant: { readonly id: string; readonly handle: string; readonly currency: string };
  readonly frisbii: { readonly private_key: string; readonly card: string };
  readonly worldline: { readonly merchant_id: string; readonly key_id: string; readonly secret: string };
  readonly sandbox_bank: string;
}

/** Every step can be done again: a kill in between leaves what the next start completes. */
async function createDemo({
  merchants,
  rates,
  keys,
  services,
  url,
  bankUrl,
  adminToken,
}: DemoPorts): Promise<Demo | undefined> {
  const known = await merchants.byHandle(profile.handle);
  if (known === undefined && (await merchants.list()).length > 0) return undefined;
  if (known === undefined) await merchants.create(profile); // or another server was faster
  const merchant = known ?? (await merchants.byHandle(profile.handle));
  if (merchant === undefined) return undefined;
  for (const currency of currencies) {
    const reference = `demo-${currency}`;
    const funding = { merchantId: merchant.id, id: services.ids.row(), reference, currency, amountMinor: fundsMinor };
    await services.commit(fundMerchant(funding));
  }
  await rates.set(merchant.id, rate);
  const frisbii = await keys.create(merchant.id, "frisbii", "demo.json");
  const worldline = await keys.create(merchant.id, "worldline", "demo.json");
  if (frisbii.kind !== "frisbii" || worldline.kind !== "worldline") return undefined;
  return {
    url,
    admin_token: adminToken ?? "",
    merchant: { id: merchant.id, handle: merchant.handle, currency: merchant.currency },
    frisbii: { private_key: frisbii.privateKey, card: await saveCard(services, merchant.id) },
    worldline: { merchant_id: merchant.worldlineMerchantId, key_id: worldline.keyId, secret: worldline.secret },
    sandbox_bank: bankUrl,
  };
}

const profile = {
  handle: demoHandle,
  name: "Demo merchant",
  currency: "EUR",
  country: "DK",
  timezone: "Europe/Copenhagen",
} as const;

/** A test card, saved for a customer of its own. */
async function saveCard({ ids, commit, sealCard }: Services, merchantId: string): Promise<string> {
  const visa = { number: "4111111111111111", expMonth: 12, expYear: 2039, amountTable: false };
  const tokenId = `ct_${ids.hex()}`;
  await commit(createToken(tokenId, await sealCard({ merchantId, vaultId: ids.row(), ...visa })));
  const handle = `demo-customer-${ids.hex().slice(0, 8)}`;
  const newCustomer = { handle, details: {}, metadata: null, debtorId: null, test: true };
  const saved = {
    merchantId,
    id: `ca_${ids.hex()}`,
    tokenId,
    reference: null,
    customer: null,
    newCustomer,
    nameId: ids.row(),
    eventId: ids.row(),
  };
  const method = await commit(addMethod(saved));
  return isRefusal(method) ? "" : method.method.id;
}
