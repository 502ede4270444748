import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { p, run, type Options, type Progress, type Result } from "./run.ts";

const usage = `npm run torture -- --webhooks [options]
  --events <n>   webhooks to be told under faults (50000)
  --kills <n>    kills -9 of a server in that time (6)
  --seed <n>     chance (by the clock)
  --keep         keep logs and data also when all went well
`;

/** Webhooks to receivers that fail, hang, redirect and are away, across kills. Resolves with the exit code: 0 when nothing was wrong. */
export async function main(words: readonly string[]): Promise<number> {
  const text = { type: "string" } as const;
  const flag = { type: "boolean", default: false } as const;
  const { values } = parseArgs({
    args: [...words],
    options: { webhooks: flag, events: text, kills: text, seed: text, keep: flag, help: flag },
  });
  if (values.help) {
    process.stdout.write(usage);
    return 0;
  }
  const folder = mkdtempSync(join(tmpdir(), "disburse-torture-"));
  const seed = Number(values.seed ?? Date.now() % 1_000_000);
  const options: Options = {
    folder,
    seed,
    webhooks: Number(values.events ?? 50_000),
    kills: Number(values.kills ?? 6),
    measured: { perSecond: 100, seconds: 20 },
  };
  process.stdout.write(`seed ${seed}, folder ${folder}\n`);
  const progress: Progress = { phase: "starting", payouts: 0, taken: 0 };
  const from = performance.now();
  const timer = setInterval(() => {
    const seconds = String(Math.round((performance.now() - from) / 1_000)).padStart(5);
    process.stdout.write(
      `${seconds} s  ${progress.phase}: ${progress.payouts} payouts, ${progress.taken} webhooks taken\n`,
    );
  }, 10_000);
  try {
    const result = await run(options, progress);
    const zeros = zerosOf(result);
    const failed = zeros.filter(([, count]) => count > 0).length;
    process.stdout.write(`\n${report(result, zeros)}\n`);
    if (failed === 0 && !values.keep) rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
    else process.stdout.write(`\nseed ${seed}; logs and data are in ${folder}\n`);
    process.stdout.write(`\n${zeros.length - failed} passed, ${failed} failed\n`);
    return failed === 0 ? 0 : 1;
  } finally {
    clearInterval(timer);
  }
}

const sum = (list: readonly number[]): number => list.reduce((total, one) => total + one, 0);

function zerosOf({ told, feed, left }: Result): [string, number][] {
  return [
    ["webhooks lost", sum(told.map(({ lost }) => lost))],
    ["webhooks that nobody asked for", sum(told.map(({ unasked }) => unasked))],
    ["customers told out of order", sum(told.map(({ outOfOrder }) => outOfOrder))],
    ["repeats under another id", sum(told.map(({ otherId }) => otherId))],
    ["wrong signatures", sum(told.map(({ receiver }) => receiver.forged))],
    ["receivers called more than ten times at once", told.filter(({ receiver }) => receiver.mostAtATime > 10).length],
    ["notices neither told nor given up", left],
    ["events that the feed left out", feed.missed],
    ["events that it told twice", feed.twice],
    ["events of a payout that it told out of order", feed.outOfOrder],
  ];
}

function report(result: Result, zeros: readonly [string, number][]): string {
  const { told, soonMs, payouts, kills, feedEvents, underFaultsSeconds, restSeconds } = result;
  const whole = (value: number) => value.toLocaleString("en-US");
  const rows: [string, string][] = [
    ["payouts", whole(payouts)],
    ["events in the feed", whole(feedEvents)],
    ["kill -9 of a server", whole(kills)],
    ...told.map(({ receiver, due, repeats }): [string, string] => [
      `${receiver.format}, ${receiver.mood.name}`,
      `${whole(due)} told in ${whole(receiver.calls)} calls, ${whole(repeats)} of them again`,
    ]),
    [
      "webhooks",
      `${whole(sum(told.map(({ due }) => due)))} in ${whole(sum(told.map(({ receiver }) => receiver.calls)))} calls`,
    ],
    ["under faults, then until all were told", `${underFaultsSeconds.toFixed(0)} s, ${restSeconds.toFixed(0)} s`],
    [
      "commit to first call, at 100 payouts/s",
      `p50 ${p(soonMs, 0.5)} ms, p99 ${p(soonMs, 0.99)} ms, of ${whole(soonMs.length)}`,
    ],
    ...zeros.map(([name, count]): [string, string] => [name, whole(count)]),
  ];
  const width = Math.max(...rows.map(([name]) => name.length)) + 2;
  const examples = told.flatMap((one) => one.examples);
  return [...rows.map(([name, value]) => `${name.padEnd(width)}${value}`), "", ...examples].join("\n").trimEnd();
}
