import { serverArm } from "../arms/server.mjs";
import { checkBooks, fill, tellBooks } from "../lib/fill.mjs";
import { load } from "../lib/load.mjs";
import { makeMerchants } from "../lib/merchants.mjs";
import { number, others, table, withSpread } from "../lib/print.mjs";
import { tellArms, tellCpu, tellFaults } from "../lib/report.mjs";
import { inTurn, ratio, spread } from "../lib/rounds.mjs";
import { openSite } from "../lib/site.mjs";

export const says = "the same with payouts stored already, half of them the first merchant's, over ten months";

/** What is read. The Frisbii lists show a month unless they are told otherwise. */
const reads = [
  ["payout by handle", "read", "/v1/payout/stored-p-2"],
  ["list, a page of 100", "read", "/v1/list/payout?size=100"],
  ["list, of a state that there is none of", "read", "/v1/list/payout?size=10&state=failed"],
  [
    "list, of all months by a part of the handle",
    "read",
    "/v1/list/payout?size=10&from=2025-01-01&handle_contains=nowhere",
  ],
  ["Worldline find, all", "find", "/payouts?limit=100"],
  ["Worldline find, by a reference", "find", "/payouts?merchantReference=nowhere"],
];

export async function run(bench) {
  const { stored, merchants: most, seconds } = bench.options;
  const arms = [];
  const sites = [];
  const pairs = [[], []];
  for (const payouts of [0, stored]) {
    const site = await openSite(bench, `stored${payouts}`);
    sites.push(site);
    const merchants = await makeMerchants(site, Math.min(100, most));
    if (payouts > 0) await fill(bench, site, payouts);
    for (const [at, hot] of [true, false].entries()) {
      const who = hot ? "one merchant" : `${merchants.length} merchants`;
      const arm = serverArm(bench, site, merchants, { hot, name: `payouts, ${who}, ${number(payouts)} stored` });
      arms.push(arm);
      pairs[at].push(arm);
    }
    const short = Math.min(3, seconds);
    for (const [title, story, path] of reads) {
      arms.push({
        name: `${title}, ${number(payouts)} stored`,
        isRead: true,
        async round() {
          const job = {
            kind: "closed",
            story,
            path,
            connections: 8,
            warm: 0.2,
            seconds: short,
            merchants: merchants.slice(0, 1),
          };
          const [{ perSecond, latencyMs, words, refused }] = (await load(bench, site, job)).results;
          return { perSecond, ...latencyMs, words, refusedMs: refused.answerMs.p50 };
        },
      });
    }
  }
  const rounds = await inTurn(bench, arms);
  const pays = new Map([...rounds].filter(([, list]) => list[0].rows !== undefined));
  tellArms(bench, pays);
  bench.say();
  tellCpu(bench, pays);
  tellFaults(bench, pays);
  for (const [empty, full] of pairs) {
    const figure = ratio(rounds.get(full.name), rounds.get(empty.name), (round) => round.perSecond);
    bench.say(`\n${full.name}: ${withSpread(figure, 2)} times as many as without`);
  }
  bench.say();
  const of = (list, name) => spread(list, (round) => round[name])?.median;
  const lines = [...rounds]
    .filter(([name]) => !pays.has(name))
    .map(([name, list]) => [
      name,
      ...["perSecond", "p50", "p99"].map((figure) => number(of(list, figure), figure === "perSecond" ? 0 : 1)),
      list
        .map(({ words }) => others(words, ["200"]))
        .filter((text) => text !== "")
        .join("; "),
      number(of(list, "refusedMs")),
    ]);
  bench.say(table([["reads, 8 at a time", "per second", "p50 ms", "p99 ms", "other answers", "after ms"], ...lines]));
  const books = await checkBooks(bench, sites[1]);
  bench.say(`\nWith ${number(stored)} stored: ${tellBooks(books)}`);
  for (const site of sites) await site.close();
  return { rounds: Object.fromEntries(rounds), books };
}
