// The benchmark: what each part measures, and how to read it, stands in bench/README.md.
//
//   npm run bench [-- <part…>] [--rounds 3] [--seconds 8] [--quick] [--json file] [--merchants 1000] [--stored 1000000]
//                 [--flying 100000] [--minutes 10]
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { buildIfStale } from "../bin/build.mjs";
import { atEnd, endAll } from "./lib/cleanup.mjs";
import { describeMachine, isBusy } from "./lib/machine.mjs";
import { openPostgres } from "./lib/postgres.mjs";

const parts = [
  "baseline",
  "server",
  "ratios",
  "latency",
  "growth",
  "recovery",
  "memory",
  "pressure",
  "fairness",
  "webhooks",
  "compare",
  "profile",
];
const numbers = { rounds: 3, seconds: 8, merchants: 1_000, stored: 1_000_000, flying: 100_000, minutes: 10 };
const tiny = { rounds: 1, seconds: 1, merchants: 20, stored: 2_000, flying: 400, minutes: 0.1 };

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    ...Object.fromEntries(Object.keys(numbers).map((name) => [name, { type: "string" }])),
    quick: { type: "boolean", default: false },
    json: { type: "string" },
  },
});
const unknown = positionals.filter((part) => !parts.includes(part));
if (unknown.length > 0) {
  console.error(`There is no part ${unknown.join(", ")}. The parts are ${parts.join(", ")}.`);
  process.exit(2);
}
const options = Object.fromEntries(
  Object.entries(values.quick ? tiny : numbers).map(([name, usual]) => [name, Number(values[name] ?? usual)]),
);
const faulty = Object.entries(options).find(([, value]) => !(value > 0));
if (faulty !== undefined) {
  console.error(`--${faulty[0]} must be a number above 0.`);
  process.exit(2);
}
options.quick = values.quick;
options.warm = values.quick ? 0.5 : 2;

await buildIfStale();
const machine = describeMachine();
const folder = mkdtempSync(join(tmpdir(), "disburse-bench-"));
chmodSync(folder, 0o711); // PostgreSQL, which does not run as root, may pass
atEnd(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
const results = {};
try {
  const postgres = await openPostgres(join(folder, "postgres"));
  await postgres.expectDurable();
  machine.postgres = await postgres.version();
  const progress = (text) => process.stderr.write(`  ${text}\n`);
  const bench = { folder, options, postgres, progress, say: (text = "") => console.log(text) };
  const { cores, cpu, memoryGb, loadAverage, node, version, commit, at } = machine;
  console.log(`${cores} × ${cpu}, ${memoryGb} GB, load average ${loadAverage.join(" ")}, ${at}`);
  console.log(
    `Disburse ${version} (${commit}), Node ${node}, PostgreSQL ${machine.postgres}, fsync and synchronous_commit on`,
  );
  console.log(`${options.rounds} rounds of ${options.seconds} s, taken in turn; figures are medians (least to most)`);
  if (isBusy(machine)) console.log("Others are at work on this machine: what follows says little.");
  for (const part of positionals.length > 0 ? positionals : parts) {
    const startedAt = performance.now();
    const { says, run } = await import(`./parts/${part}.mjs`);
    console.log(`\n## ${part}: ${says}\n`);
    results[part] = await run(bench);
    console.log(`\n(${((performance.now() - startedAt) / 1_000).toFixed(0)} s)`);
  }
} finally {
  if (values.json !== undefined) {
    writeFileSync(values.json, `${JSON.stringify({ machine, options, results }, undefined, 2)}\n`);
  }
  await endAll();
}
process.exit(0);
