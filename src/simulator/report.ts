import type { Found } from "./hunt.ts";
import { points } from "./points.ts";
import type { Shrunk } from "./shrink.ts";
import { countOf, type Summary } from "./summary.ts";

/** What a run of a thousand seeds has to have reached: a simulation that never sees it proves nothing about it. */
export const goals = [
  "in doubt",
  "late success",
  "late decline",
  "resend after never received",
  "failed, never received",
  "accepted, paid later",
  "contradiction",
  "return",
  "new attempt",
  "cancelled",
  "approval taken back",
  "too little money",
  "did not leave, and queued again",
  "parked: silence",
  "settled by a person, after silence",
  "settled by a person, after contradiction",
] as const;

/** A story that is longer than this is read in a file. */
const mostLines = 150;

const number = (value: number): string => Math.round(value).toLocaleString("en");

/** A line that changes while seeds run, where somebody is looking. */
export function progressOf(seeds: number, startedAt: number): (summary: Summary) => void {
  const { stderr } = process;
  return ({ seeds: done, payouts, failures }) => {
    if (!stderr.isTTY) return;
    const rate = done / ((performance.now() - startedAt) / 1_000);
    const left = Math.ceil((seeds - done) / rate);
    stderr.write(`\r${number(done)} of ${number(seeds)} seeds, ${number(payouts)} payouts, `);
    stderr.write(
      `${failures.length} failures, ${number(rate)} seeds/s, ${left} s left\u001b[K${done >= seeds ? "\n" : ""}`,
    );
  };
}

/** Prints what came of the seeds. False when a promise was broken, or something that has to be reached was not. */
export function tellSummary(say: (line: string) => void, summary: Summary, seconds: number, machine: string): boolean {
  const { seeds, payouts, virtualMs, repeated, mismatches, faults, failures } = summary;
  const row = (name: string, value: string) => say(`  ${name.padEnd(42)} ${value.padStart(12)}`);
  const count = (name: string, value: number) => row(name, number(value));
  const kinds = Object.entries(faults).sort(([one], [other]) => (one < other ? -1 : 1));
  say(`${number(seeds)} seeds in ${number(seconds)} s (${number(seeds / seconds)} a second, ${machine})`);
  count("payouts", payouts);
  count("virtual hours", virtualMs / 3_600_000);
  count(
    "faults",
    kinds.reduce((sum, [, times]) => sum + times, 0),
  );
  say("faults by kind");
  const grouped = new Map<string, number>();
  for (const [kind, times] of kinds) {
    const name = kind.replace(/ at \S+$/, " at a named place");
    grouped.set(name, (grouped.get(name) ?? 0) + times);
  }
  for (const [name, times] of grouped) count(name, times);
  say("reached");
  for (const goal of goals) count(goal, summary.goals[goal] ?? 0);
  const unseen = points.filter((point) => (summary.points[point] ?? 0) === 0);
  row("named places", `${points.length - unseen.length} of ${points.length}`);
  say("promises");
  count("double payments", countOf(summary, "I01"));
  count("lost payouts", countOf(summary, "I08"));
  count("stuck payouts", countOf(summary, "L1"));
  count("seeds that broke any promise", failures.length);
  row("same seed, same run", `${repeated - mismatches} of ${repeated}`);
  const missed = seeds < 1_000 ? [] : goals.filter((goal) => (summary.goals[goal] ?? 0) < seeds / 1_000);
  for (const goal of missed) say(`not reached often enough: ${goal}`);
  if (seeds >= 1_000) for (const point of unseen) say(`never passed: ${point}`);
  for (const { seed, violations } of failures.slice(0, 10)) say(`seed ${seed}: ${violations.join("; ")}`);
  return failures.length === 0 && missed.length === 0 && (seeds < 1_000 || unseen.length === 0);
}

/** The shortest story of a failure that was found. */
export function tellFailure(say: (line: string) => void, seed: number, { faults, violations, story }: Shrunk): void {
  say(`\nThe shortest story found of seed ${seed} (npm run simulate -- --seed ${seed} tells all of it):`);
  const told = story.filter((line) => !line.includes("status=returned")); // the many looks at empty lists
  for (const line of told.slice(0, mostLines)) say(`  ${line}`);
  if (told.length > mostLines) say(`  … and ${told.length - mostLines} lines more`);
  say(`faults needed: ${faults.length === 0 ? "none" : faults.join(", ")}`);
  say(`broken: ${violations.join("; ")}`);
}

export function tellPlanted(say: (line: string) => void, found: readonly Found[], first: boolean): void {
  if (first) say(`| planted bug | what is wrong | found after seeds | by |\n| --- | --- | ---: | --- |`);
  for (const { bug, seed, violation, seeds } of found) {
    const after = seed === null ? `not found in ${number(seeds)}` : number(seed);
    say(`| \`${bug.name}\` | ${bug.says} | ${after} | ${violation ?? ""} |`);
  }
}

/** The last line of a hunt. False when a bug was not found within the seeds in which it has to be. */
export function tellFound(say: (line: string) => void, found: readonly Found[], within: number): boolean {
  const count = found.filter(({ seed }) => seed !== null).length;
  const missed = found.filter(({ seed, seeds }) => seed === null && seeds >= within).map(({ bug }) => bug.name);
  const left = found.filter(({ seed, seeds }) => seed === null && seeds < within).map(({ bug }) => bug.name);
  if (left.length > 0) say(`left out for lack of time: ${left.join(", ")}`);
  if (missed.length > 0) say(`missed: ${missed.join(", ")}`);
  say(`${count} of ${found.length} planted bugs found within ${within} seeds`);
  return missed.length === 0 && count > 0;
}
