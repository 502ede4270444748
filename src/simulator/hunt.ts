import type { Planted } from "./planted.ts";

/** What came of looking for one bug. */
export interface Found {
  readonly bug: Planted;
  /** The first seed that was seen to show it. */
  readonly seed: number | null;
  /** The promise that was seen broken first. */
  readonly violation: string | null;
  /** Seeds that were run for it, all told. */
  readonly seeds: number;
}

export interface Hunt {
  readonly bugs: readonly Planted[];
  /** Seeds within which a bug has to be found. */
  readonly within: number;
  /** Whether anything more may be begun. */
  inTime(): boolean;
  /** Runs seeds with the bug in the program, up to the first that shows it. */
  look(
    bug: Planted,
    from: number,
    count: number,
  ): Promise<{ readonly seed: number; readonly violations: readonly string[] } | undefined>;
  /** Nothing more will become of a bug. `count`: so many there are by now. */
  onFound(one: Found, count: number): void;
}

/** Seeds after which the next bug is looked for, until all had as many: what is found early waits for nothing. */
const rounds = [100, 500, 1_000, 2_000, 4_000, 7_000];

/** Looks for each bug, in rounds of more and more seeds, until it is found, has had all its seeds, or time is up. */
export async function findAll({ bugs, within, inTime, look, onFound }: Hunt): Promise<Found[]> {
  const done: Found[] = [];
  const finish = (one: Found) => onFound(one, done.push(one));
  let open = bugs.map((bug) => ({ bug, seeds: 0 }));
  for (const most of [...rounds.filter((round) => round < within), within]) {
    const next: typeof open = [];
    for (const { bug, seeds } of open) {
      const shown = inTime() ? await look(bug, seeds + 1, most - seeds) : null;
      if (shown === null) next.push({ bug, seeds });
      else if (shown !== undefined)
        finish({ bug, seed: shown.seed, violation: shown.violations[0] ?? null, seeds: shown.seed });
      else if (most < within) next.push({ bug, seeds: most });
      else finish({ bug, seed: null, violation: null, seeds: most });
    }
    open = next;
  }
  for (const { bug, seeds } of open) finish({ bug, seed: null, violation: null, seeds });
  return done;
}
