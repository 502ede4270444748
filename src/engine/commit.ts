import type { Command } from "../core/command.ts";
import type { Refusal } from "../core/refusal.ts";
import type { Outcome } from "../store/batch.ts";
import { CommitFault } from "./fault.ts";
import { Flusher, type FlusherPorts } from "./flusher.ts";
import { FairQueue, type QueueLimits, type Waiting } from "./queue.ts";

/** The one way to change anything about a payout. Resolves after COMMIT; rejects with a {@link CommitFault}. */
export type Commit = <A extends object>(command: Command<A>, budgetMs?: number) => Promise<A | Refusal>;

export interface CommitterSettings extends FlusherPorts, QueueLimits {
  /** How many flushers, each with a connection of its own; a merchant always meets the same one. */
  readonly flushers: number;
  /** Commands in one transaction. */
  readonly batch: number;
  /** How long a caller waits unless it says otherwise; and something new, while batches are too full for it. */
  readonly budgetMs: number;
  readonly beginWithinMs: number;
  /** So often those who have waited too long are told. */
  readonly sweepMs: number;
}

export interface Committer {
  readonly commit: Commit;
  /** Whether a merchant has so much waiting that something new of it would be refused now: to be asked before any work is done. */
  isShut(merchantId: string): boolean;
  /** Commands that wait; for back-pressure and metrics. */
  waiting(): number;
  /** Commands that were committed since the start. */
  committed(): number;
  /** Refuses new commands, finishes what waits, and closes the connections. */
  close(): Promise<void>;
}

/** Group commit: many commands, one transaction. Nothing waits for a timer: an idle flusher takes whatever is there. */
export function startCommitter(settings: CommitterSettings): Committer {
  const flushers = Array.from({ length: settings.flushers }, () => new Flusher(new FairQueue(settings), settings));
  // The lower bits of an id are a count that is nearly always 0 (ids.ts); the upper ones are its instant.
  const flusherOf = (merchantId: string) => flushers[Number((BigInt(merchantId) >> 22n) % BigInt(flushers.length))]!;
  const open = new Set<Waiting>();
  let closed = false;
  let ended = false;
  let committed = 0;

  const commit: Commit = <A extends object>(command: Command<A>, budgetMs = settings.budgetMs) =>
    new Promise<A | Refusal>((resolve, reject) => {
      if (closed) return reject(new CommitFault("unavailable"));
      const since = settings.monotonic();
      const finish = (outcome: Outcome) => {
        open.delete(waiting); // from here on nobody listens
        if ("fault" in outcome)
          return reject(
            outcome.fault instanceof CommitFault ? outcome.fault : new CommitFault("broken", outcome.fault),
          );
        committed += 1;
        resolve(outcome.answer as A | Refusal);
      };
      const until = since + budgetMs;
      const beginBy = command.urgent ? until : Math.min(until, since + settings.beginWithinMs);
      const waiting: Waiting = { command, since, beginBy, until, finish };
      if (!flusherOf(command.merchantId).add(waiting)) return reject(new CommitFault("overloaded"));
      open.add(waiting);
    });

  /** Tells those who have waited too long. Whoever is not in a queue any more is in a batch that may yet be committed. */
  const expire = (): void => {
    flushers.forEach((flusher) => flusher.expire());
    const now = settings.monotonic();
    for (const waiting of open) if (waiting.until <= now) waiting.finish({ fault: new CommitFault("unknown") });
  };
  const sweep = async (): Promise<void> => {
    expire();
    await settings.sleep(settings.sweepMs);
    if (!ended) void sweep(); // anew, so that no chain of waiting grows
  };
  void sweep();

  return {
    commit,
    isShut: (merchantId) => flusherOf(merchantId).isShut(merchantId),
    waiting: () => flushers.reduce((sum, flusher) => sum + flusher.waiting, 0),
    committed: () => committed,
    close: async () => {
      closed = true;
      await Promise.all(flushers.map((flusher) => flusher.close()));
      ended = true;
    },
  };
}
