import { runSeed } from "./run.ts";
const from = Number(process.argv[2] ?? 1),
  count = Number(process.argv[3] ?? 20),
  trace = process.argv[4] === "trace";
const t = performance.now();
let payouts = 0,
  steps = 0,
  bad = 0;
const goals = new Map<string, number>();
const faults = new Map<string, number>();
for (let seed = from; seed < from + count; seed += 1) {
  const o = await runSeed({ seed, trace: trace ? (line) => console.log(line) : undefined });
  payouts += o.payouts;
  steps += o.steps;
  for (const [g, n] of o.goals) goals.set(g, (goals.get(g) ?? 0) + n);
  for (const [g, n] of o.faults) faults.set(g, (faults.get(g) ?? 0) + n);
  if (o.violations.length) {
    bad++;
    console.log(seed, o.violations, o.virtualMs);
  }
}
const s = (performance.now() - t) / 1000;
console.log({ payouts, steps, bad, seconds: s, seedsPerS: count / s, stepsPerS: steps / s });
console.log(goals, faults);
