import type pg from "pg";
import type { Armed } from "./engine/armed.ts";
import { startCommitter, type Committer } from "./engine/commit.ts";
import { Dispatcher, type DispatchPorts } from "./engine/dispatch.ts";
import { Exchange } from "./engine/exchange.ts";
import { startPulse } from "./engine/pulse.ts";
import { followReturns } from "./engine/returns.ts";
import type { Tools } from "./flow/intent.ts";
import type { Rail } from "./rails/rail.ts";
import { readCursor, saveCursor } from "./store/cursors.ts";
import { openClient } from "./store/db.ts";
import { analyzeGrownTables } from "./store/statistics.ts";
import { findAttempt, readDue, readVaultItems, readVaultOf } from "./store/due.ts";
import { openDestination } from "./vault/cards.ts";
import type { KeyRing } from "./vault/keys.ts";

/** The part of a server that moves money: committer, dispatcher, and what runs by itself. */
export interface Payments {
  readonly committer: Committer;
  readonly dispatcher: Dispatcher;
  readonly exchange: Exchange;
  /** A bank says that there is news of a reference. */
  hint(reference: string): void;
  /** Ends what is under way, for at most ten seconds, and hands the rest to whoever runs next. */
  close(): Promise<void>;
}

export interface PaymentPorts {
  readonly url: string;
  readonly pool: pg.Pool;
  readonly ring: KeyRing;
  readonly tools: Tools;
  readonly rails: readonly Rail[];
  /** Absent: whatever the database is, it is believed. */
  readonly armed?: Armed;
  log(event: Record<string, unknown>, message: string): void;
}

/** Commands in one transaction, commands that may wait, and how long a caller waits for its commit. */
const batch = 1_000;
const waiting = 20_000;
const commitWithinMs = 10_000;

export function startPayments({ url, pool, ring, tools, rails, armed, log }: PaymentPorts): Payments {
  const monotonic = () => performance.now();
  const committer = startCommitter({
    flushers: 2,
    batch,
    waiting,
    budgetMs: commitWithinMs,
    async openClient() {
      const client = await openClient(url);
      try {
        await armed?.verify(); // it may lead to another database than the last one did
        return client;
      } catch (error) {
        await client.end().catch(() => {});
        throw error;
      }
    },
    monotonic,
    sleep,
    chance: Math.random,
    log,
  });
  const ports: DispatchPorts = {
    commit: committer.commit,
    tools,
    rails: new Map(rails.map((rail) => [rail.rules.name, rail])),
    ...(armed !== undefined && { guard: armed }),
    openVault: (item) => openDestination(ring, item),
    async readVault(merchantId, vaultId) {
      const item = (await readVaultItems(pool, [{ merchantId, vaultId }])).get(vaultId);
      if (item === undefined) throw new Error(`vault item ${vaultId} is not there`);
      return item;
    },
    readDue: (states, most) => readDue(pool, states, most),
    readVaultOf: (due) => readVaultOf(pool, due),
    monotonic,
    sleep,
    within,
    log,
  };
  const exchange = new Exchange(ports);
  const dispatcher = new Dispatcher(ports, exchange);

  const lookAt = async (reference: string): Promise<void> => {
    const found = await findAttempt(pool, reference);
    if (found === undefined) return;
    const news = await dispatcher.hint(found.merchantId, found.payoutId, found);
    if (news?.answered === false) throw new Error("the bank did not answer");
  };
  const hint = (reference: string): void => {
    lookAt(reference).catch((error: unknown) =>
      log({ err: error }, "a bank's hint was not followed; the payout is asked about in its turn"),
    );
  };
  const returns = {
    readCursor: (rail: string) => readCursor(pool, rail),
    saveCursor: (rail: string, cursor: string) => saveCursor(pool, rail, cursor),
    lookAt,
  };
  const watch =
    armed === undefined
      ? []
      : [
          { name: "witness", everyMs: 1_000, run: () => armed.beat(committer.committed()).then(() => 0) },
          { name: "what banks know", everyMs: 1_000, run: () => armed.look().then(() => 0) },
        ];
  const stopPulse = startPulse(
    [
      ...watch,
      { name: "send", everyMs: 200, run: () => dispatcher.sendDue() },
      { name: "statistics", everyMs: 1_000, run: () => analyzeGrownTables(pool).then(() => 0) },
      { name: "ask", everyMs: 250, run: () => dispatcher.askDue() },
      ...rails.map((rail) => ({
        name: `returns of ${rail.rules.name}`,
        everyMs: 3_000,
        run: () => followReturns(rail, returns),
      })),
    ],
    { pause, log },
  );

  return {
    committer,
    dispatcher,
    exchange,
    hint,
    async close() {
      await within(3_000, stopPulse());
      await dispatcher.quiet(8_000);
      await within(1_000, armed?.beat(committer.committed()).catch(() => undefined) ?? Promise.resolve());
      await within(2_000, committer.close());
      await Promise.all(rails.map((rail) => within(1_000, rail.close())));
    },
  };
}

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done);
  });
}

export function within<T>(ms: number, work: Promise<T>): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve(undefined), ms);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
