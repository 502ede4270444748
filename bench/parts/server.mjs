import { serverArm } from "../arms/server.mjs";
import { makeMerchants } from "../lib/merchants.mjs";
import { withSpread } from "../lib/print.mjs";
import { tellArms, tellCpu, tellFaults } from "../lib/report.mjs";
import { inTurn, ratio } from "../lib/rounds.mjs";
import { openSite } from "../lib/site.mjs";

export const says = "the server over HTTP, with the sandbox bank over HTTP in a process of its own";

export async function run(bench) {
  const { merchants: count } = bench.options;
  const arms = [];
  const pairs = [];
  const sites = [];
  for (const servers of [1, 2]) {
    const site = await openSite(bench, `server${servers}`, { servers });
    sites.push(site);
    bench.progress(`${count} merchants`);
    const merchants = await makeMerchants(site, count);
    for (const connections of [64, 256]) {
      const pair = [true, false].map((hot) => serverArm(bench, site, merchants, { connections, hot }));
      arms.push(...pair);
      pairs.push(pair);
    }
    if (servers > 1) continue;
    for (const story of ["create", "approve"]) {
      for (const connections of [64, 256]) arms.push(serverArm(bench, site, merchants, { story, connections }));
    }
  }
  const rounds = await inTurn(bench, arms);
  tellArms(bench, rounds);
  bench.say();
  tellCpu(bench, rounds);
  bench.say();
  for (const [hot, random] of pairs) {
    const figure = ratio(rounds.get(hot.name), rounds.get(random.name), (round) => round.perSecond);
    bench.say(`${hot.name}: ${withSpread(figure, 2)} times as many as ${random.name}`);
  }
  tellFaults(bench, rounds);
  for (const site of sites) await site.close();
  return Object.fromEntries(rounds);
}
