import { kinds, type Kind } from "./compare.ts";
import type { RunOptions, Result } from "./run.ts";
import { quantile, sum, type Tally } from "./tally.ts";

/** A number that has to be 0. */
export interface Zero {
  readonly name: string;
  readonly count: number;
}

/** Everything that has to be 0 after a run. */
export function zerosOf({ counts, tally, invariants, told }: Result, servers: number): Zero[] {
  const compared = (Object.keys(kinds) as Kind[]).map((kind) => ({ name: kinds[kind], count: counts[kind] }));
  const idle = Array.from({ length: servers }, (_, n) => told.answers[n] ?? 0).filter((count) => count === 0).length;
  return [
    ...compared,
    { name: "invariants violated", count: invariants.length },
    { name: "answers that nobody should get", count: tally.refused.length },
    { name: "graceful stops beyond 10 s, or not with code 0", count: tally.badStops.length },
    { name: "programs that ended by themselves", count: tally.fell.length },
    { name: "kills without recovery", count: tally.unrecovered },
    { name: "servers that had no share in the work", count: idle },
  ];
}

/** What a run was, and what it found, as a table for people. */
export function report(options: RunOptions, result: Result): string {
  const { tally, told, site, driveSeconds, restSeconds } = result;
  const each = (counts: Readonly<Record<string, number>>) =>
    `${sum(counts)} (${Object.entries(counts)
      .map(([name, count]) => `${name} ${count}`)
      .join(", ")})`;
  const { watch, callbacks } = site;
  const rows: [string, string][] = [
    [
      "payouts",
      `${n(tally.payouts)} in ${driveSeconds.toFixed(0)} s: ${(tally.payouts / driveSeconds).toFixed(0)} a second`,
    ],
    ["clients", `${options.clients}, half of each API`],
    ["acknowledged answers by server", told.answers.map(n).join(", ")],
    ["kill -9", each(tally.kills)],
    ["pauses", each(tally.pauses)],
    ["cuts", each(tally.cuts)],
    ["graceful stops", `${tally.stopsMs.length}, the longest ${ms(Math.max(0, ...tally.stopsMs))}`],
    ["questions and transfers to the bank", n(watch.asked)],
    ["  without an answer", `${n(watch.lost)} (${percent(watch.lost, watch.asked)})`],
    ["callbacks", n(callbacks.told)],
    ["  again", `${n(callbacks.again)} (${percent(callbacks.again, callbacks.told)})`],
    ["  later than a second", `${n(callbacks.late)} (${percent(callbacks.late, callbacks.told)})`],
    [
      "recovery after a kill, p50 and p99",
      `${ms(quantile(tally.recoveriesMs, 0.5))}, ${ms(quantile(tally.recoveriesMs, 0.99))}`,
    ],
    ["until everything was at rest", `${restSeconds.toFixed(0)} s`],
    ...zerosOf(result, options.servers).map(({ name, count }): [string, string] => [name, n(count)]),
  ];
  const width = Math.max(...rows.map(([name]) => name.length)) + 2;
  return rows.map(([name, value]) => `${name.padEnd(width)}${value}`).join("\n");
}

/** What went wrong, one line each. */
export const complaints = ({ examples, invariants, tally }: Result): string[] => [
  ...examples,
  ...invariants,
  ...tally.refused.slice(0, 10),
  ...tally.badStops,
  ...tally.fell,
];

/** How far a run is, in one line. */
export function progressLine(phase: string, seconds: number, tally: Tally): string {
  const did = [
    `${n(tally.payouts)} payouts`,
    `${sum(tally.kills)} kills`,
    `${sum(tally.pauses)} pauses`,
    `${sum(tally.cuts)} cuts`,
    `${tally.stopsMs.length} stops`,
  ];
  return `${String(Math.round(seconds)).padStart(5)} s  ${phase}: ${did.join(", ")}`;
}

const n = (count: number): string => count.toLocaleString("en-US");
const ms = (value: number | undefined): string => (value === undefined ? "none" : `${(value / 1000).toFixed(1)} s`);
const percent = (part: number, whole: number): string =>
  whole === 0 ? "none" : `${((part / whole) * 100).toFixed(1)} %`;
