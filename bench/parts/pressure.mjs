import { serverArm, untilQuiet } from "../arms/server.mjs";
import { load } from "../lib/load.mjs";
import { makeMerchants } from "../lib/merchants.mjs";
import { number, others, table, withSpread } from "../lib/print.mjs";
import { inTurn, spread } from "../lib/rounds.mjs";
import { openSite } from "../lib/site.mjs";

export const says = "three times as many payouts as the server can carry out, and what follows";

const sum = (words) => Object.values(words).reduce((all, count) => all + count, 0);
const good = ["paid", "processing"]; // processing: taken on, to be sent when the bank has room

export async function run(bench) {
  const { quick, seconds } = bench.options;
  const site = await openSite(bench, "pressure");
  const merchants = await makeMerchants(site, Math.min(100, bench.options.merchants));
  const capacity = serverArm(bench, site, merchants, { connections: 256, hot: false, name: "capacity" });
  const overload = {
    name: "overload",
    async round() {
      const { perSecond } = await capacity.round();
      const steps = [
        ["half of capacity", 0.5, Math.min(3, seconds)],
        ["three times capacity", 3, seconds],
        ["half again, 1st second", 0.5, 1],
        ["2nd second", 0.5, 1],
        ["3rd second", 0.5, 1],
        ["after that", 0.5, Math.min(5, seconds)],
      ];
      const phases = steps.map(([name, times, seconds], at) => ({
        name,
        rate: perSecond * times,
        seconds,
        counts: at === 1,
      }));
      const job = {
        kind: "open",
        story: "payout",
        connections: quick ? 500 : 4_000,
        phases,
        merchants,
        good,
        connected: true,
      };
      const { results } = await load(bench, site, job);
      await untilQuiet(site);
      return { perSecond, phases: results.map((result, at) => ({ ...phases[at], ...result })) };
    },
  };
  const rounds = (await inTurn(bench, [overload])).get("overload");
  const phaseNames = rounds[0].phases.map(({ name }) => name);
  const lines = phaseNames.map((name, at) => {
    const of = (figure) => spread(rounds, ({ phases }) => figure(phases[at]));
    return [
      name,
      number(of(({ rate }) => rate).median),
      withSpread(of((phase) => phase.finishedPerSecond)),
      number(of(({ words }) => (100 * (words.processing ?? 0)) / sum(words))?.median),
      number(of((phase) => phase.latencyMs.p50)?.median),
      number(of((phase) => phase.latencyMs.p99)?.median),
      rounds
        .map(({ phases }) => others(phases[at].words, good))
        .filter((text) => text !== "")
        .join("; "),
      number(of((phase) => phase.refused.answerMs.p99)?.median),
      number(of((phase) => phase.refused.answerMs.max)?.most),
    ];
  });
  const head = [
    "",
    "arriving/s",
    "answered/s",
    "not yet paid %",
    "p50 ms",
    "p99 ms",
    "refused",
    "refused p99 ms",
    "max ms",
  ];
  bench.say(`Capacity: ${withSpread(spread(rounds, (round) => round.perSecond))} payouts/s, 256 connections.\n`);
  bench.say(table([head, ...lines]));
  const kept = spread(rounds, ({ perSecond, phases }) => phases[1].finishedPerSecond / perSecond);
  bench.say(
    `\nAnswered well under overload ÷ capacity: ${withSpread(kept, 2)} (wanted: 0.9 or more, and refusals within 1,000 ms)`,
  );
  bench.say(
    "All connections are made before: Node takes on one new one in each turn of its loop. Answered/s is what was taken on and answered in that time. Latencies are of what arrived in it, from when it was to leave; refusals are timed from when they left.",
  );
  await site.close();
  return rounds;
}
