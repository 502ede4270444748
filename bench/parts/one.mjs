import { serverArm } from "../arms/server.mjs";
import { makeMerchants } from "../lib/merchants.mjs";
import { tellArms, tellCpu, tellFaults } from "../lib/report.mjs";
import { inTurn } from "../lib/rounds.mjs";
import { openSite } from "../lib/site.mjs";
export const says = "one";
export async function run(bench) {
  const arms = [], sites = [];
  for (const [i, root] of (process.env.ROOTS ?? "/tmp/wt/perf").split(",").entries()) {
    process.env.ROOTNOW = root;
    const site = await openSite(bench, "one" + i, { flags: (process.env.FLAGS ?? "").split(" ").filter(Boolean) });
    sites.push(site);
    const merchants = await makeMerchants(site, Number(process.env.MERCHANTS ?? 1));
    for (const story of (process.env.STORIES ?? "payout").split(",")) arms.push(serverArm(bench, site, merchants, { story, name: story + " " + root + " ", connections: Number(process.env.CONNS ?? 256), hot: !process.env.MERCHANTS }));
  }
  const rounds = await inTurn(bench, arms);
  tellArms(bench, rounds); tellCpu(bench, rounds); tellFaults(bench, rounds);
  for (const site of sites) await site.close();
  return Object.fromEntries(rounds);
}
