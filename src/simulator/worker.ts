import { parentPort } from "node:worker_threads";
import { runSeed } from "./run.ts";
import { openRunner, type SqlRunner } from "./sql/run.ts";
import { addOutcome, emptySummary } from "./summary.ts";
import { withoutTheOutside } from "./traps.ts";

/** The seeds that a thread is given. */
export interface Task {
  readonly from: number;
  readonly count: number;
  /** Not beyond the first seed that fails. */
  readonly untilFailure: boolean;
  /** A PostgreSQL database to run on, the same for all tasks of a thread; in memory when left out. */
  readonly database?: string | undefined;
}

/** One seed in so many is run twice: the second time must go exactly like the first. */
const repeatEvery = { inMemory: 50, onPostgres: 10 };

let postgres: Promise<SqlRunner> | undefined;

async function work({ from, count, untilFailure, database }: Task): Promise<void> {
  const run = database === undefined ? runSeed : (await (postgres ??= openRunner(database))).run;
  const summary = emptySummary();
  for (let seed = from; seed < from + count; seed += 1) {
    const outcome = await run({ seed });
    addOutcome(summary, outcome);
    if (seed % repeatEvery[database === undefined ? "inMemory" : "onPostgres"] === 0) {
      summary.repeated += 1;
      const again = await run({ seed });
      if (again.traceHash !== outcome.traceHash || again.steps !== outcome.steps) {
        summary.mismatches += 1;
        summary.failures.push({ seed, violations: ["L3: the same seed went otherwise the second time"] });
      }
    }
    if (untilFailure && summary.failures.length > 0) break;
  }
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
  parentPort?.postMessage(summary);
}

withoutTheOutside();
parentPort?.on("message", (task: Task) => void work(task));
