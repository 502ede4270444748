import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { addSummary, emptySummary, type Summary } from "./summary.ts";
import type { Task } from "./worker.ts";

export interface PoolOptions {
  /** The compiled worker: this program's, or that of a copy with a planted bug. */
  readonly worker: URL;
  readonly threads: number;
  readonly from: number;
  readonly count: number;
  readonly untilFailure: boolean;
  /** A PostgreSQL database for each thread; in memory when left out. */
  readonly databases?: readonly string[] | undefined;
  onProgress?(summary: Summary): void;
}

const seedsAtOnce = 25;
/** On PostgreSQL, where a seed takes a hundred times as long. */
const fewAtOnce = 5;

/** Runs seeds on several threads. */
export async function runSeeds({
  worker,
  threads,
  from,
  count,
  untilFailure,
  databases,
  onProgress,
}: PoolOptions): Promise<Summary> {
  const summary = emptySummary();
  let next = from;
  const isOver = () => next >= from + count || (untilFailure && summary.failures.length > 0);
  const most = databases === undefined ? seedsAtOnce : fewAtOnce;
  const serve = async (_: unknown, at: number): Promise<void> => {
    const thread = new Worker(worker);
    const failed = once(thread, "error").then(([error]) => Promise.reject(error as Error));
    failed.catch(() => {});
    while (!isOver()) {
      const task: Task = {
        from: next,
        count: Math.min(most, from + count - next),
        untilFailure,
        database: databases?.[at],
      };
      next += task.count;
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
      thread.postMessage(task);
      const [part] = (await Promise.race([once(thread, "message"), failed])) as [Summary];
      addSummary(summary, part);
      onProgress?.(summary);
    }
    await thread.terminate();
  };
  await Promise.all(Array.from({ length: threads }, serve));
  summary.failures.sort((one, other) => one.seed - other.seed);
  return summary;
}
