import { randomBytes } from "node:crypto";
import type { Config } from "../config.ts";
import { caller, type Call } from "../dialects/admin/call.ts";
import { adminDialect } from "../dialects/admin/routes.ts";
import { startCommitter } from "../engine/commit.ts";
import { startIds } from "../ids.ts";
import { identify } from "../installation.ts";
import { openVault } from "../master-keys.ts";
import { openStore } from "../open-store.ts";
import { sleep } from "../clock.ts";
import { referencePrefix } from "../references.ts";
import { urlOf, wordLeft } from "../server-url.ts";
import { openReceivers } from "../receivers/receiver.ts";
import { openPool } from "../store/db.ts";
import { Endpoints } from "../store/endpoints.ts";
import { ApiKeys } from "../store/keys.ts";
import { Merchants } from "../store/merchants.ts";
import { openSession } from "../store/session.ts";
import { openReader } from "../store/reader.ts";
import { openWebhooks } from "../webhook-desk.ts";

/** The operator's API without a server: the same operations, on the database itself. */
export interface Desk {
  readonly call: Call;
  close(): Promise<void>;
}

/**
 * Opens the desk on the database of a server that runs, or on one started for as long as it takes. It commits like any
 * other server on the same database: by the same path, with a committer of its own.
 */
export async function openDesk(config: Config, note: (line: string) => void): Promise<Desk> {
  const store = await openStore(config, () => {}, true);
  const pool = openPool(store.url, 2);
  const keyPool = openPool(store.url, 1);
  const monotonic = () => performance.now();
  const committer = startCommitter({
    flushers: 1,
    batch: 100,
    waiting: 100,
    doorMs: 10_000, // people wait
    beginWithinMs: 10_000,
    budgetMs: 10_000,
    sweepMs: 500,
    openSession: () => openSession(store.url),
    monotonic,
    sleep,
    chance: Math.random,
    log: (_, message) => note(message),
  });
  const closing: (() => Promise<void>)[] = [];
  const close = async () => {
    for (const one of closing) await one();
    await committer.close();
    await pool.end();
    await keyPool.end();
    await store.close();
  };
  try {
    const ids = startIds();
    const vault = openVault(keyPool, store.masterKeys);
    const { referenceKey, adminTokenHash } = await identify(pool, vault, store.masterKeys, config);
    const making = { pool, vault, random: randomBytes, rowId: () => ids.row(), monotonic };
    const receivers = openReceivers({
      allow: config.webhookAllow,
      ownPorts: () => [config.port, Number(new URL(store.url).port || 5432)],
      monotonic,
      now: Date.now,
    });
    closing.push(() => receivers.close());
    const admin = adminDialect({
      // A server that runs finds by itself what waits.
      webhooks: openWebhooks({
        config,
        pool,
        vault,
        endpoints: new Endpoints(making),
        ids,
        idKey: referenceKey,
        receivers,
        wake: () => {},
      }),
      services: { commit: committer.commit, reader: openReader(pool), ids },
      merchants: new Merchants({
        ...making,
        referencePrefix: (handle, salt) => referencePrefix(referenceKey, handle, salt),
      }),
      keys: new ApiKeys(making),
      pool,
      adminTokenHash,
      rails: ["sandbox"],
      url: () => config.publicUrl ?? wordLeft(config.dataDir) ?? urlOf(config),
    });
    return { call: caller(admin, () => ids.hex(), Date.now), close };
  } catch (error) {
    await close();
    throw error;
  }
}
