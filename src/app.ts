import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { sleep, systemClock, within } from "./clock.ts";
import type { Config } from "./config.ts";
import { writeDemo, type DemoKeys } from "./demo.ts";
import { caller, type Call } from "./dialects/admin/call.ts";
import { adminDialect } from "./dialects/admin/routes.ts";
import { checkoutDialect } from "./dialects/checkout/checkout.ts";
import { frisbiiEvents } from "./dialects/frisbii/event-types.ts";
import { frisbiiDialect } from "./dialects/frisbii/routes.ts";
import { healthDialect } from "./dialects/health/health.ts";
import { openapiDialect } from "./dialects/openapi/openapi.ts";
import { worldlineDialect } from "./dialects/worldline/routes.ts";
import { sandboxDialect } from "./dialects/sandbox/sandbox.ts";
import type { Services } from "./dialects/services.ts";
import type { Dispatch } from "./engine/armed.ts";
import { armDispatch } from "./engine/arming.ts";
import { Limits, limitPresets } from "./http/limits.ts";
import { buildServer } from "./http/server.ts";
import { startIds } from "./ids.ts";
import { identify } from "./installation.ts";
import type { Log } from "./log.ts";
import { postgresNotices } from "./notice-store.ts";
import { opaqueIds } from "./dialects/opaque-ids.ts";
import { openArmed } from "./open-armed.ts";
import { openVault } from "./master-keys.ts";
import { openStore } from "./open-store.ts";
import { postgresStore } from "./payment-store.ts";
import { startPayments } from "./payments.ts";
import { openSandboxRail } from "./rails/sandbox.ts";
import { browserSecret, orderKey, referencePrefix, referenceTools } from "./references.ts";
import { openSandboxBank } from "./sandbox-bank.ts";
import type { Tools } from "./flow/intent.ts";
import { leaveWord, urlOf } from "./server-url.ts";
import { aboutDatabase, aboutListening } from "./setup-problem.ts";
import { ApiKeys } from "./store/keys.ts";
import { openPool } from "./store/db.ts";
import { Endpoints } from "./store/endpoints.ts";
import { Merchants } from "./store/merchants.ts";
import { Rates } from "./store/rates.ts";
import { openReader } from "./store/reader.ts";
import { openWebhooks } from "./webhook-desk.ts";
import { startWebhooks } from "./webhooks.ts";
import { openDestination, sealAccount, sealCard } from "./vault/cards.ts";

export interface Server {
  readonly url: string;
  /** The demo merchant's keys; undefined without a demo. */
  readonly demo: DemoKeys | undefined;
  /** Whether payouts are sent, and if not, why. */
  dispatch(): Dispatch;
  /** The operator's API, without its port. */
  readonly call: Call;
  /** Resolves when the server cannot go on: its database has ended. */
  readonly failed: Promise<void>;
  close(): Promise<void>;
}

/** So long a request may wait for a bank before it is answered with what is known. */
const answerWithinMs = 10_000;

/** Connections that may wait to be taken up: one too many is tried again by its sender's system only after one second, three, seven. */
const mostWaitingToConnect = 4_096;

export const version: string = (
  JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as { version: string }
).version;

/**
 * Puts everything together and listens; `say` tells whoever waits at the terminal what takes its time. What was opened is closed
 * again in the opposite order, also when opening fails. `deaf`: only its own process calls it, and no bank is told to.
 */
export async function startServer(
  config: Config,
  log: Log,
  say: (line: string) => void,
  { deaf = false } = {},
): Promise<Server> {
  const opened: (() => Promise<unknown>)[] = [];
  const close = async () => {
    for (const undo of opened.splice(0).reverse()) await undo().catch((err: unknown) => log.warn({ err }, "closing"));
  };
  try {
    const store = await openStore(config, say);
    opened.push(() => store.close());
    const pool = openPool(store.url, 10);
    const keyPool = openPool(store.url, 1); // its own: whoever asks for a data key may hold the last of the others
    const webhookPool = openPool(store.url, 4); // of its own: it waits for nobody who reads, and nobody for it
    const pools = [pool, keyPool, webhookPool];
    opened.push(() => within(1_000, Promise.all(pools.map((one) => one.end())))); // whoever reads may wait for a database that is away

    let url = "";
    const ids = startIds();
    const vault = openVault(keyPool, store.masterKeys);
    const ports = {
      pool,
      vault,
      random: randomBytes,
      rowId: () => ids.row(),
      monotonic: () => performance.now(),
    };
    const installation = await identify(pool, vault, store.masterKeys, config);
    const bank = await openSandboxBank(config, installation.referenceKey, say);
    opened.push(() => bank.close());
    const rails = [openSandboxRail(bank.url, config.sandboxClass)];
    const armed = await openArmed({ config, installation: installation.id, pool, rails, log, say });
    const endpoints = new Endpoints(ports);
    const webhooks = startWebhooks({
      config,
      store: postgresNotices(webhookPool, endpoints, ids.hex(), config.webhookKeepDays),
      ids: opaqueIds(installation.referenceKey),
      frisbiiEvents: frisbiiEvents(config.frisbiiEventNames),
      ownPorts: () => [url, bank.url, store.url].flatMap(portOf),
      log,
    });
    opened.push(() => webhooks.close());
    const references = referenceTools(installation.id, installation.referenceKey);
    const tools: Tools = {
      ...references,
      get forgotten() {
        return armed.forgotten;
      },
      get mayHaveForgotten() {
        return armed.dispatch().is !== "armed";
      },
    };
    const payments = startPayments({
      store: postgresStore(store.url, pool, (notices) => webhooks.deliverer.told(notices)),
      clock: systemClock,
      openVault: (item) => openDestination(vault, item),
      tools,
      rails,
      armed,
      log: (event, message) => log.warn(event, message),
    });
    opened.push(() => Promise.all([payments.close(), webhooks.close()])); // at once, so that an end is bounded

    const keys = new ApiKeys(ports);
    const merchants = new Merchants({
      ...ports,
      referencePrefix: (handle, salt) => referencePrefix(installation.referenceKey, handle, salt),
    });
    const cardKeys = { vault, fingerprintKey: installation.fingerprintKey };
    const services: Services = {
      accept: (request, waits) => payments.dispatcher.accept(request, answerWithinMs, waits),
      commit: payments.committer.commit,
      reader: openReader(pool),
      ids,
      sealCard: (card) => sealCard(cardKeys, card),
      sealAccount: (account) => sealAccount(cardKeys, account),
    };
    const webhookDesk = openWebhooks({
      config,
      pool,
      vault,
      endpoints,
      ids,
      idKey: installation.referenceKey,
      receivers: webhooks.receivers,
      wake: (endpoints) => webhooks.deliverer.again(endpoints),
    });
    const frisbii = frisbiiDialect(services, {
      findKey: (hash) => keys.findFrisbii(hash),
      keys,
      webhooks: webhookDesk,
      browserSecret: browserSecret(installation.referenceKey),
      url: () => config.publicUrl ?? url,
    });
    const admin = adminDialect({
      services,
      webhooks: webhookDesk,
      keys,
      merchants,
      pool,
      adminTokenHash: installation.adminTokenHash,
      rails: ["sandbox"],
      url: () => config.publicUrl ?? url,
      dispatch: {
        armed,
        arm: (order) =>
          armDispatch(
            {
              pool,
              rails,
              armed,
              tools,
              name: config.installation,
              commit: payments.committer.commit,
              hint: (...of) => payments.dispatcher.hint(...of),
            },
            order,
          ),
      },
    });
    const worldline = worldlineDialect(services, {
      findKey: (keyId) => keys.findWorldline(keyId),
      orderKey: (merchantId) => orderKey(installation.referenceKey, merchantId),
      timezone: config.worldlineTimezone,
      windowMs: config.worldlineWindowMs,
      url: () => config.publicUrl ?? url,
    });
    const sandbox = sandboxDialect({ services, frisbii, callbackSecret: bank.callbackSecret, hint: payments.hint });
    const health = healthDialect({
      version,
      unsafe: store.unsafe,
      databaseAnswers: async () => {
        if ((await within(2_000, pool.query("select 1"))) === undefined)
          throw new Error("the database does not answer");
      },
      dispatch: () => armed.dispatch(),
      waiting: () => payments.committer.waiting(),
      rails: () =>
        Object.fromEntries([...payments.exchange.gates].map(([rail, gate]) => [rail, gate.closed ? "closed" : "open"])),
    });
    const http = buildServer(
      [health, openapiDialect(version), admin, sandbox, checkoutDialect(services), frisbii, worldline],
      {
        limits: new Limits(limitPresets[config.limits], () => performance.now()),
        isShut: (merchantId) => payments.isShut(merchantId),
        sleep,
        requestId: () => ids.hex(),
        now: Date.now,
        log: (event, message) => log.error(event, message),
      },
    );
    const demoAt = async (at: string) =>
      config.demo
        ? writeDemo({
            config,
            url: config.publicUrl ?? at,
            bankUrl: bank.url,
            adminToken: installation.adminToken,
            keys,
            merchants,
            rates: new Rates(pool),
            services,
          })
        : undefined;
    await demoAt(urlOf(config)); // whoever gets an answer finds the keys there
    if (!deaf) {
      const { host, port: asked } = config;
      await http
        .listen({ host, port: asked, backlog: mostWaitingToConnect })
        .catch((err: unknown) => Promise.reject(aboutListening(err, host, asked)));
      opened.push(() => within(1_500, http.close()).then(() => http.server.closeAllConnections()));
      url = urlOf({ host, port: (http.server.address() as AddressInfo).port });
      opened.push(leaveWord(config.dataDir, url));
      await bank.callBackAt(`${url}/rails/sandbox/callback`);
    }

    const demo = await demoAt(url);
    const call = caller(admin, () => ids.hex(), Date.now);
    return { url, demo, dispatch: () => armed.dispatch(), call, failed: store.ended, close };
  } catch (error) {
    await close();
    throw config.databaseUrl === undefined ? error : aboutDatabase(error, config.databaseUrl);
  }
}

/** The port that a URL names, or that its scheme has. */
function portOf(text: string): number[] {
  if (!URL.canParse(text)) return []; // none yet, or a socket in a folder
  const { port, protocol } = new URL(text);
  return [port === "" ? ({ "https:": 443, "http:": 80 }[protocol] ?? 5432) : Number(port)];
}
