import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { OpenFrisbii } from "./frisbii-clients.ts";
import { complaints, progressLine, report, zerosOf } from "./report.ts";
import { run, type Progress, type RunOptions } from "./run.ts";
import { killed } from "./plan.ts";
import { plants } from "./site.ts";
import { Tally } from "./tally.ts";

const usage = `npm run torture -- [options]
  --seconds <n>    under load for so long (60)
  --payouts <n>    instead: until so many payouts have been begun
  --kills <n>      kills -9 in that time (one every four seconds, or every 1,000 payouts)
  --only <what>    kill nothing else: ${killed.join(", ")}
  --clients <n>    clients at once (200)
  --servers <n>    servers on the one database (2)
  --seed <n>       chance (by the clock)
  --no-fsync       PostgreSQL does not flush to disk: faster
  --keep           keep logs and data also when all went well
  --plant <what>   break something on purpose, to see it found: ${plants.join(", ")}
`;

/** Runs the crash test as the command line says. Resolves with the exit code: 0 when nothing was wrong. */
export async function main(words: readonly string[], Disburse: OpenFrisbii): Promise<number> {
  const said = readOptions(words);
  if (typeof said === "string") {
    process.stderr.write(said);
    return 2;
  }
  const folder = mkdtempSync(join(tmpdir(), "disburse-torture-"));
  const options: RunOptions = { ...said, folder, Disburse, log: () => {} };
  const progress: Progress = { phase: "starting", tally: new Tally() };
  const where = `seed ${options.seed}; logs and data are in ${folder}`;
  process.stdout.write(`seed ${options.seed}, folder ${folder}\n`);
  const give = (code: number, why: string) => {
    process.stdout.write(`\n${why}; ${where}\n`);
    process.exit(code); // what was started ends with us
  };
  process.once("SIGINT", () => give(130, "interrupted")).once("SIGTERM", () => give(143, "interrupted"));
  const limit = setTimeout(
    () => give(1, `not over after ${timeoutSeconds(options)} s: given up`),
    timeoutSeconds(options) * 1000,
  );
  const stopTelling = tell(progress);
  try {
    const result = await run(options, progress);
    stopTelling();
    process.stdout.write(`\n${report(options, result)}\n`);
    const zeros = zerosOf(result, options.servers);
    const failed = zeros.filter(({ count }) => count > 0).length;
    if (failed === 0 && said.plant !== undefined) {
      process.stdout.write(`\n${said.plant} was planted, and nothing was found; ${where}\n`);
      return 3;
    }
    if (failed > 0) process.stdout.write(`\n${complaints(result).join("\n")}\n`);
    if (failed === 0 && !said.keep) rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
    else process.stdout.write(`\n${where}\n`);
    process.stdout.write(`\n${zeros.length - failed} passed, ${failed} failed\n`);
    return failed === 0 ? 0 : 1;
  } catch (error) {
    stopTelling();
    process.stdout.write(
      `\nthe crash test itself failed: ${error instanceof Error ? error.stack : String(error)}\n${where}\n`,
    );
    return 1;
  } finally {
    clearTimeout(limit);
  }
}

const timeoutSeconds = ({ seconds, payouts }: RunOptions): number =>
  600 + (payouts === undefined ? seconds * 1.5 : payouts / 15);

/** Tells how far it is: one changing line on a terminal, a line every ten seconds elsewhere. */
function tell(progress: Progress): () => void {
  const from = performance.now();
  const isTerminal = process.stdout.isTTY;
  const timer = setInterval(
    () => {
      const line = progressLine(progress.phase, (performance.now() - from) / 1000, progress.tally);
      process.stdout.write(isTerminal ? `\r\u001b[K${line}` : `${line}\n`);
    },
    isTerminal ? 500 : 10_000,
  );
  return () => clearInterval(timer);
}

type Said = Omit<RunOptions, "folder" | "Disburse" | "log"> & { readonly keep: boolean };

function readOptions(words: readonly string[]): Said | string {
  const text = { type: "string" } as const;
  const flag = { type: "boolean", default: false } as const;
  const known = {
    seconds: text,
    payouts: text,
    kills: text,
    clients: text,
    servers: text,
    seed: text,
    plant: text,
    only: text,
  };
  try {
    const { values } = parseArgs({ args: [...words], options: { ...known, "no-fsync": flag, keep: flag, help: flag } });
    if (values.help) return usage;
    const number = (name: keyof typeof known, otherwise: number): number => {
      const given = values[name];
      if (given !== undefined && !/^\d{1,9}$/.test(given)) throw new Error(`--${name} must be a whole number`);
      return given === undefined ? otherwise : Number(given);
    };
    const one = <T extends string>(name: keyof typeof known, list: readonly T[]): T | undefined => {
      const given = values[name] as T | undefined;
      if (given !== undefined && !list.includes(given)) throw new Error(`--${name} must be one of ${list.join(", ")}`);
      return given;
    };
    const seconds = number("seconds", 60);
    const payouts = values.payouts === undefined ? undefined : number("payouts", 0);
    return {
      seconds,
      payouts,
      kills: number("kills", Math.ceil(payouts === undefined ? seconds / 4 : payouts / 1_000)),
      clients: number("clients", 200),
      servers: Math.max(1, number("servers", 2)),
      seed: number("seed", Date.now() % 1_000_000),
      fsync: !values["no-fsync"],
      only: one("only", killed),
      plant: one("plant", plants),
      keep: values.keep,
    };
  } catch (error) {
    return `${(error as Error).message}\n\n${usage}`;
  }
}
