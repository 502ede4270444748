import { parentPort } from "node:worker_threads";
import { runSeed } from "./run.ts";
import { addOutcome, emptySummary } from "./summary.ts";
import { withoutTheOutside } from "./traps.ts";

/** The seeds that a thread is given. */
export interface Task {
  readonly from: number;
  readonly count: number;
  /** Not beyond the first seed that fails. */
  readonly untilFailure: boolean;
}

/** One seed in so many is run twice: the second time must go exactly like the first. */
const repeatEvery = 50;

async function work({ from, count, untilFailure }: Task): Promise<void> {
  const summary = emptySummary();
  for (let seed = from; seed < from + count; seed += 1) {
    const outcome = await runSeed({ seed });
    addOutcome(summary, outcome);
    if (seed % repeatEvery === 0) {
      summary.repeated += 1;
      const again = await runSeed({ seed });
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
