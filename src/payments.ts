import type { Armed } from "./engine/armed.ts";
import { waitsOn, type Clock } from "./engine/clock.ts";
import { startCommitter, type Committer } from "./engine/commit.ts";
import { Dispatcher, type DispatchPorts } from "./engine/dispatch.ts";
import { Exchange, type ExchangePorts } from "./engine/exchange.ts";
import type { FlusherPorts } from "./engine/flusher.ts";
import { startPulse } from "./engine/pulse.ts";
import { returnsFollower, type ReturnsPorts } from "./engine/returns.ts";
import type { Hinted } from "./flow/send.ts";
import type { Rail } from "./rails/rail.ts";

/** The part of a server that moves money: committer, dispatcher, and what runs by itself. */
export interface Payments {
  readonly committer: Committer;
  readonly dispatcher: Dispatcher;
  readonly exchange: Exchange;
  /** Whether a merchant has so much waiting that something new of it would be refused now. */
  isShut(merchantId: string): boolean;
  /** A bank says that there is news of a reference. */
  hint(reference: string): void;
  /** Ends what is under way, for at most six seconds, and hands the rest to whoever runs next. */
  close(): Promise<void>;
}

/** What payments need of a store. */
export interface PaymentStore
  extends
    Pick<FlusherPorts, "openSession">,
    Pick<DispatchPorts, "readDue" | "readVaultOf" | "readVault">,
    Pick<ReturnsPorts, "readCursor" | "saveCursor"> {
  /** The attempt that a wire reference stands for, if it is one of ours. */
  findAttempt(reference: string): Promise<(Hinted & { merchantId: string; payoutId: string }) | undefined>;
  /** Whatever the store has to do now and then to stay fast. */
  tidy(): Promise<unknown>;
}

export interface PaymentPorts extends Pick<ExchangePorts, "tools" | "openVault" | "log"> {
  readonly store: PaymentStore;
  readonly rails: readonly Rail[];
  readonly clock: Clock;
  /** How much slower than usual what runs by itself looks around; 1 unless told. */
  readonly pace?: number;
  /** Absent: whatever the database is, it is believed. */
  readonly armed?: Armed;
}

/** Commands in one transaction, commands that may wait, and how long a caller waits for its commit. */
const batch = 1_000;
const waiting = 20_000;
const commitWithinMs = 10_000;
/**
 * A merchant of which batches were too full to take all, and whose first command has waited for so long, is told to come again; so is
 * what found no place in a batch in time.
 */
const doorMs = 500;
const beginWithinMs = 900;
/** So often those who have waited too long are told. */
const sweepMs = 100;
/** At the end, so long what is under way may go on. A server ends within ten seconds, all told (app.ts). */
const endWithinMs = 4_000;

export function startPayments({ store, tools, openVault, rails, clock, armed, pace = 1, log }: PaymentPorts): Payments {
  const { sleep, pause, within } = waitsOn(clock);
  const monotonic = () => clock.monotonic();
  const committer = startCommitter({
    flushers: 2,
    batch,
    waiting,
    doorMs,
    beginWithinMs,
    budgetMs: commitWithinMs,
    sweepMs: sweepMs * pace,
    async openSession() {
      const session = await store.openSession();
      try {
        await armed?.verify(session.cluster); // it may lead to another database than the last one did, and than reads do
        return session;
      } catch (error) {
        await session.end().catch(() => {});
        throw error;
      }
    },
    monotonic,
    sleep,
    chance: () => clock.chance(),
    log,
  });
  const ports: DispatchPorts = {
    commit: committer.commit,
    tools,
    rails: new Map(rails.map((rail) => [rail.rules.name, rail])),
    ...(armed !== undefined && { guard: armed }),
    openVault,
    readVault: (merchantId, vaultId) => store.readVault(merchantId, vaultId),
    readDue: (rail, work, most, without) => store.readDue(rail, work, most, without),
    readVaultOf: (due) => store.readVaultOf(due),
    monotonic,
    wall: () => clock.wall(),
    chance: () => clock.chance(),
    sleep,
    within,
    log,
  };
  const exchange = new Exchange(ports);
  const dispatcher = new Dispatcher(ports, exchange);

  const lookAt = async (reference: string): Promise<void> => {
    const found = await store.findAttempt(reference);
    if (found === undefined) return;
    const news = await dispatcher.hint(found.merchantId, found.payoutId, found);
    if (news?.known === false) throw new Error("the bank has no answer about it, or not yet");
  };
  const hint = (reference: string): void => {
    lookAt(reference).catch((error: unknown) =>
      log({ err: error }, "a bank's hint was not followed; the payout is asked about in its turn"),
    );
  };
  const returns = {
    readCursor: (rail: string) => store.readCursor(rail),
    saveCursor: (rail: string, cursor: string) => store.saveCursor(rail, cursor),
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
      { name: "send", everyMs: 200 * pace, run: () => dispatcher.sendDue() },
      { name: "statistics", everyMs: 1_000 * pace, run: () => store.tidy().then(() => 0) },
      { name: "ask", everyMs: 250 * pace, run: () => dispatcher.askDue() },
      ...rails.map((rail) => ({
        name: `returns of ${rail.rules.name}`,
        everyMs: 3_000 * pace,
        run: returnsFollower(rail, returns),
      })),
    ],
    { pause, log },
  );

  return {
    committer,
    dispatcher,
    exchange,
    isShut: (merchantId) => committer.isShut(merchantId) || dispatcher.isShut(merchantId),
    hint,
    async close() {
      const inTime = stopPulse().then(() => dispatcher.quiet(endWithinMs));
      await within(endWithinMs, inTime);
      await within(1_000, armed?.beat(committer.committed()).catch(() => undefined) ?? Promise.resolve());
      await within(1_500, committer.close()); // the last answers; a database that is away does not get them
      await Promise.all(rails.map((rail) => within(500, rail.close())));
    },
  };
}
