import { availableParallelism, cpus } from "node:os";
import { Command, InvalidArgumentError } from "commander";
import { plant } from "./plant.ts";
import { planted, type Planted } from "./planted.ts";
import { runSeeds } from "./pool.ts";
import { findAll } from "./hunt.ts";
import { progressOf, tellFailure, tellFound, tellPlanted, tellSummary } from "./report.ts";
import { runSeed } from "./run.ts";
import { shrink } from "./shrink.ts";
import { openRunner } from "./sql/run.ts";
import { openDatabases } from "./sql/server.ts";
import { tellConformance } from "./sql/tell-conformance.ts";

const whole = (text: string): number => {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError("a whole number is wanted");
  return Number(text);
};

interface Options {
  readonly seeds: number;
  readonly from: number;
  readonly threads: number;
  readonly seed?: number;
  readonly planted?: string | true;
  readonly within: number;
  readonly minutes?: number;
  readonly sql: boolean;
  readonly conformance?: number;
  readonly json: boolean;
}

const program = new Command("simulate")
  .description(
    "Runs Disburse under simulated crashes, networks, databases and banks, and checks its promises after every step.",
  )
  .option("--seeds <n>", "how many seeds to run", whole, 1_000)
  .option("--from <n>", "the first seed", whole, 1)
  .option("--threads <n>", "threads to run on", whole, availableParallelism())
  .option("--seed <n>", "run one seed, and tell its story", whole)
  .option("--planted [name]", "run copies with a bug in them, and tell how many seeds it takes to find each")
  .option("--within <n>", "with --planted: seeds within which a bug has to be found", whole, 10_000)
  .option("--minutes <n>", "with --planted: begin with nothing after so long, and tell what was left out", whole)
  .option("--sql", "run on PostgreSQL instead of the database in memory", false)
  .option("--conformance <n>", "do on PostgreSQL what so many seeds do to the database in memory, and compare", whole)
  .option("--json", "print one JSON object", false);

const worker = new URL("./worker.js", import.meta.url);
const say = (line: string) => process.stdout.write(`${line}\n`);

/** Runs `work` with databases of PostgreSQL, where they are wanted. */
async function withDatabases<T>(wanted: boolean, threads: number, work: (urls?: readonly string[]) => Promise<T>) {
  if (!wanted) return work();
  const { urls, close } = await openDatabases(threads);
  return work(urls).finally(close);
}

/** Runs `work` with what runs one seed here: in memory, or on PostgreSQL. */
async function withRunner<T>(url: string | undefined, work: (run: typeof runSeed) => Promise<T>): Promise<T> {
  if (url === undefined) return work(runSeed);
  const { run, close } = await openRunner(url);
  return work(run).finally(close);
}

const one = (seed: number, { sql }: Options): Promise<boolean> =>
  withDatabases(sql, 1, (urls) =>
    withRunner(urls?.[0], async (run) => {
      const { violations } = await run({ seed, trace: say });
      say(violations.length === 0 ? `seed ${seed}: every promise kept` : `seed ${seed}: ${violations.join("; ")}`);
      return violations.length === 0;
    }),
  );

const many = ({ seeds, from, threads, sql, json }: Options): Promise<boolean> =>
  withDatabases(sql, threads, async (databases) => {
    const startedAt = performance.now();
    const onProgress = progressOf(seeds, startedAt);
    const summary = await runSeeds({ worker, threads, from, count: seeds, untilFailure: false, databases, onProgress });
    const seconds = (performance.now() - startedAt) / 1_000;
    const machine = `${threads} threads on ${cpus()[0]?.model ?? "an unknown machine"}`;
    const [failure] = summary.failures;
    if (json) say(JSON.stringify({ ...summary, seconds, machine }));
    else {
      const isSound = tellSummary(say, summary, seconds, machine);
      const tries = sql ? 60 : 400;
      if (failure !== undefined) {
        const shrunk = await withRunner(databases?.[0], (run) => shrink(failure.seed, tries, run));
        tellFailure(say, failure.seed, shrunk);
      }
      return isSound;
    }
    return failure === undefined;
  });

async function bugs({ planted: wanted, threads, sql, within, minutes, json }: Options): Promise<boolean> {
  const chosen = planted.filter(({ name }) => wanted === true || name === wanted);
  if (chosen.length === 0) throw new Error(`there is no planted bug named ${String(wanted)}`);
  const isSql = (bug: Planted) => sql || bug.sql === true;
  const until = minutes === undefined ? Infinity : performance.now() + minutes * 60_000;
  const found = await withDatabases(chosen.some(isSql), threads, (urls) =>
    findAll({
      bugs: chosen,
      within,
      inTime: () => performance.now() < until,
      onFound: (one, count) => json || tellPlanted(say, [one], count === 1),
      async look(bug, from, count) {
        const garden = await plant(bug);
        const databases = isSql(bug) ? urls : undefined;
        const { failures } = await runSeeds({ worker: garden.worker, threads, from, count, untilFailure: true, databases }).finally(garden.remove); // prettier-ignore
        return failures[0];
      },
    }),
  );
  if (json) say(JSON.stringify(found));
  return tellFound(say, found, within);
}

program.parse();
const options = program.opts<Options>();
const isSound = await (options.seed !== undefined
  ? one(options.seed, options)
  : options.conformance !== undefined
    ? tellConformance(say, options.from, options.conformance)
    : options.planted !== undefined
      ? bugs(options)
      : many(options));
process.exitCode = isSound ? 0 : 1;
