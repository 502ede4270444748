import { load } from "../lib/load.mjs";
import { makeMerchants } from "../lib/merchants.mjs";
import { number, others, table } from "../lib/print.mjs";
import { inTurn, spread } from "../lib/rounds.mjs";
import { openSite } from "../lib/site.mjs";
import { untilQuiet } from "../arms/server.mjs";

export const says = "payouts that arrive at a fixed rate, answered or not; counted from when each was to leave";

const rates = [100, 500, 1_000, 1_500, 2_000, 2_500, 3_000];

export async function run(bench) {
  const site = await openSite(bench, "latency");
  const merchants = await makeMerchants(site, 1);
  const { seconds, warm, quick } = bench.options;
  const arms = (quick ? [50, 100] : rates).map((rate) => ({
    name: String(rate),
    async round() {
      const phases = [
        { rate, seconds: warm, counts: false },
        { rate, seconds, counts: true },
      ];
      const { results } = await load(bench, site, {
        kind: "open",
        story: "payout",
        connections: 1_000,
        phases,
        merchants,
      });
      await untilQuiet(site);
      const { finishedPerSecond, latencyMs, words } = results[1];
      return { perSecond: finishedPerSecond, ...latencyMs, words };
    },
  }));
  const rounds = await inTurn(bench, arms);
  const of = (list, name) => spread(list, (round) => round[name])?.median;
  const lines = [...rounds].map(([rate, list]) => [
    rate,
    number(of(list, "perSecond")),
    ...["p50", "p99", "p999", "max"].map((name) => number(of(list, name), 1)),
    list
      .map(({ words }) => others(words, ["paid"]))
      .filter((text) => text !== "")
      .join("; "),
  ]);
  bench.say(
    table([["arriving per second", "paid per second", "p50 ms", "p99 ms", "p99.9 ms", "max ms", "others"], ...lines]),
  );
  await site.close();
  return Object.fromEntries(rounds);
}
