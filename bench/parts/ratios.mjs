import { serverArm } from "../arms/server.mjs";
import { makeMerchants } from "../lib/merchants.mjs";
import { table, withSpread } from "../lib/print.mjs";
import { tellArms, tellCpu, tellFaults } from "../lib/report.mjs";
import { inTurn, ratio } from "../lib/rounds.mjs";
import { openSite } from "../lib/site.mjs";
import { baselineArms } from "./baseline.mjs";

export const says = "the server against the baseline, all in turn";

export async function run(bench) {
  const baseline = await baselineArms(bench);
  const site = await openSite(bench, "ratios");
  bench.progress(`${bench.options.merchants} merchants`);
  const merchants = await makeMerchants(site, bench.options.merchants);
  const [hot, random, create] = [
    serverArm(bench, site, merchants, { connections: 256 }),
    serverArm(bench, site, merchants, { connections: 256, hot: false }),
    serverArm(bench, site, merchants, { story: "create", connections: 256 }),
  ];
  const rounds = await inTurn(bench, [...baseline, hot, random, create]);
  tellArms(bench, rounds);
  bench.say();
  tellCpu(bench, rounds);
  tellFaults(bench, rounds);
  const wanted = [
    [hot, "Node, one account", "8"],
    [hot, "pgbench, one account", "4"],
    [hot, "pgbench, random accounts", "1.3"],
    [create, "pgbench, one account", "8"],
    [create, "pgbench, accepting only, one account", ""],
    [random, "Node, random accounts", ""],
    [random, "pgbench, random accounts", ""],
    [hot, random.name, "1.0"],
  ].filter(([, other]) => rounds.has(other));
  const told = wanted.map(([{ name }, other, target]) => {
    const figure = ratio(rounds.get(name), rounds.get(other), (round) => round.perSecond);
    return { of: name, to: other, target, ...figure };
  });
  bench.say();
  const lines = told.map(({ of, to, target, ...figure }) => [`${of} ÷ ${to}`, withSpread(figure, 2), target]);
  bench.say(table([["", "times", "wanted"], ...lines]));
  await site.close();
  return { rounds: Object.fromEntries(rounds), ratios: told };
}
