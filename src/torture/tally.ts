/** What was done, and how long it took to recover. Times are monotonic milliseconds. */
export class Tally {
  readonly kills: Record<string, number> = { server: 0, database: 0, session: 0, bank: 0 };
  readonly pauses: Record<string, number> = { server: 0, database: 0, bank: 0 };
  readonly cuts: Record<string, number> = { break: 0, block: 0, stall: 0, commit: 0, sessions: 0 };
  /** How long servers took to end when they were asked to, and how those ended that did not do it well. */
  readonly stopsMs: number[] = [];
  readonly badStops: string[] = [];
  /** Programs that ended without being told to. */
  readonly fell: string[] = [];
  /** Answers that nobody should get. */
  readonly refused: string[] = [];
  /** From each kill to the first payout that was asked for afterwards and acknowledged. */
  readonly recoveriesMs: number[] = [];
  /** Kills from which nothing recovered in time. */
  unrecovered = 0;
  payouts = 0;
}

export const sum = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((total, count) => total + count, 0);

/** The value below which `share` of them lie; undefined of none. */
export function quantile(values: readonly number[], share: number): number | undefined {
  return values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))];
}
