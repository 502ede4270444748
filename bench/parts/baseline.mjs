import { baselineArm, openBaseline } from "../arms/baseline.mjs";
import { findPgbench } from "../lib/postgres.mjs";
import { tellArms, tellCpu } from "../lib/report.mjs";
import { inTurn } from "../lib/rounds.mjs";

export const says = "one transaction per step, with the product's own rows, on 64 connections";

/** Arms of the baseline; pgbench's only where there is one. */
export async function baselineArms(bench) {
  const baseline = await openBaseline(bench);
  const found = findPgbench();
  if (found === undefined)
    bench.say("There is no pgbench on this machine (Debian: postgresql): its lines are left out.\n");
  else bench.say(`pgbench is ${found}.\n`);
  const kinds = [
    { by: "pgbench", hot: true },
    { by: "pgbench", hot: false },
    { by: "pgbench", hot: true, acceptOnly: true },
    { by: "Node", hot: true },
    { by: "Node", hot: false },
  ];
  return kinds
    .filter(({ by }) => by !== "pgbench" || found !== undefined)
    .map((kind) => baselineArm(bench, baseline, kind));
}

export async function run(bench) {
  const rounds = await inTurn(bench, await baselineArms(bench));
  tellArms(bench, rounds);
  bench.say();
  tellCpu(bench, rounds);
  return Object.fromEntries(rounds);
}
