import type { Outcome } from "./run.ts";

/** What came of many seeds. Plain, so that it can travel between threads and into a file. */
export interface Summary {
  seeds: number;
  payouts: number;
  virtualMs: number;
  steps: number;
  /** Seeds that were run twice, and those of which the second run went otherwise. */
  repeated: number;
  mismatches: number;
  faults: Record<string, number>;
  goals: Record<string, number>;
  points: Record<string, number>;
  failures: { readonly seed: number; readonly violations: readonly string[] }[];
}

export const emptySummary = (): Summary => ({
  seeds: 0,
  payouts: 0,
  virtualMs: 0,
  steps: 0,
  repeated: 0,
  mismatches: 0,
  faults: {},
  goals: {},
  points: {},
  failures: [],
});

export function addOutcome(summary: Summary, outcome: Outcome): void {
  summary.seeds += 1;
  summary.payouts += outcome.payouts;
  summary.virtualMs += outcome.virtualMs;
  summary.steps += outcome.steps;
  addCounts(summary.faults, Object.fromEntries(outcome.faults));
  addCounts(summary.goals, Object.fromEntries(outcome.goals));
  addCounts(summary.points, Object.fromEntries(outcome.points));
  if (outcome.violations.length > 0) summary.failures.push({ seed: outcome.seed, violations: outcome.violations });
}

export function addSummary(to: Summary, from: Summary): void {
  to.seeds += from.seeds;
  to.payouts += from.payouts;
  to.virtualMs += from.virtualMs;
  to.steps += from.steps;
  to.repeated += from.repeated;
  to.mismatches += from.mismatches;
  addCounts(to.faults, from.faults);
  addCounts(to.goals, from.goals);
  addCounts(to.points, from.points);
  to.failures.push(...from.failures);
}

function addCounts(to: Record<string, number>, from: Readonly<Record<string, number>>): void {
  for (const [name, count] of Object.entries(from)) to[name] = (to[name] ?? 0) + count;
}

/** How many seeds broke a promise whose name begins so. */
export const countOf = ({ failures }: Summary, promise: string): number =>
  failures.filter(({ violations }) => violations.some((violation) => violation.startsWith(promise))).length;
