import { load } from "../lib/load.mjs";
import { makeMerchants } from "../lib/merchants.mjs";
import { number, others, table, withSpread } from "../lib/print.mjs";
import { inTurn, ratio, spread } from "../lib/rounds.mjs";
import { openSite } from "../lib/site.mjs";
import { untilQuiet } from "../arms/server.mjs";

export const says =
  "ten quiet merchants, each with five payouts a second, with and without a noisy one on 500 connections";

const quiet = 10;
const each = 5;

export async function run(bench) {
  const { seconds, warm } = bench.options;
  const site = await openSite(bench, "fairness");
  const [noisy, ...others] = await makeMerchants(site, quiet + 1);
  const ask = async () => {
    const rate = quiet * each;
    const phases = [
      { rate, seconds: warm, counts: false },
      { rate, seconds, counts: true },
    ];
    const good = ["paid", "processing"];
    const job = { kind: "open", story: "payout", connections: 500, phases, merchants: others, good };
    const { latencyMs, words, perSecond } = (await load(bench, site, job)).results[1];
    return { ...latencyMs, words, perSecond };
  };
  const arms = [
    { name: "alone", round: ask },
    {
      name: "beside the noise",
      async round() {
        const job = { kind: "closed", story: "payout", connections: 500, warm, seconds, merchants: [noisy] };
        const [heard, noise] = await Promise.all([ask(), load(bench, site, job)]);
        await untilQuiet(site);
        return { ...heard, noise: noise.results[0] };
      },
    },
  ];
  const rounds = await inTurn(bench, arms);
  tell(bench, rounds);
  await site.close();
  return Object.fromEntries(rounds);
}

function tell(bench, rounds) {
  const of = (list, name) => spread(list, (round) => round[name]);
  const lines = [...rounds].map(([name, list]) => [
    name,
    ...["p50", "p99", "p999", "max"].map((figure) => number(of(list, figure)?.median, 1)),
    list
      .map(({ words }) => others(words, ["paid"]))
      .filter((text) => text !== "")
      .join("; "),
    withSpread(spread(list, ({ noise }) => noise?.perSecond)),
    number(spread(list, ({ noise }) => noise?.latencyMs.p99)?.median, 1),
  ]);
  const head = [
    "the quiet ones",
    "p50 ms",
    "p99 ms",
    "p99.9 ms",
    "max ms",
    "not paid at once",
    "noise/s",
    "noise p99 ms",
  ];
  bench.say(table([head, ...lines]));
  const times = ratio(rounds.get("beside the noise"), rounds.get("alone"), (round) => round.p99);
  bench.say(`\nThe quiet ones' p99 beside the noise is ${withSpread(times, 1)} times what it is without.`);
}
