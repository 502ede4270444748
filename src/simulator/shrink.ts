import { runSeed, type Outcome } from "./run.ts";
import type { WorldOptions } from "./world.ts";

/** A failing seed with as few faults as could be found. */
export interface Shrunk {
  readonly faults: readonly string[];
  readonly violations: readonly string[];
  /** What happened, line by line. */
  readonly story: readonly string[];
}

/** Leaves out faults, many at once, then fewer, as long as the same promise is broken (delta debugging). */
export async function shrink(
  seed: number,
  mostRuns: number,
  run: (options: WorldOptions) => Promise<Outcome> = runSeed,
): Promise<Shrunk> {
  const first = await run({ seed });
  const promise = first.violations[0];
  let faults = [...first.fired];
  let runs = 0;
  const hasTime = (): boolean => runs < mostRuns;
  const stillFails = async (only: readonly string[]): Promise<boolean> => {
    runs += 1;
    const { violations } = await run({ seed, only: new Set(only) });
    return promise !== undefined && violations.includes(promise);
  };
  for (let size = Math.ceil(faults.length / 2); size >= 1 && hasTime();) {
    let removed = false;
    for (let at = 0; at < faults.length && hasTime();) {
      const without = [...faults.slice(0, at), ...faults.slice(at + size)];
      if (await stillFails(without)) {
        faults = without;
        removed = true;
      } else at += size;
    }
    if (size === 1 && !removed) break;
    size = size === 1 ? 1 : Math.ceil(size / 2);
  }
  const story: string[] = [];
  const { violations } = await run({ seed, only: new Set(faults), trace: (line) => story.push(line) });
  return { faults, violations, story };
}
