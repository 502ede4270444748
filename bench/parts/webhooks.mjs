import { setTimeout as sleep } from "node:timers/promises";
import { serverArm } from "../arms/server.mjs";
import { addEndpoint, addNotices, openReceiver } from "../lib/endpoints.mjs";
import { cpuOfAll } from "../lib/cpu.mjs";
import { fill } from "../lib/fill.mjs";
import { makeMerchants } from "../lib/merchants.mjs";
import { number, table, withSpread } from "../lib/print.mjs";
import { tellArms, tellCpu, tellFaults } from "../lib/report.mjs";
import { inTurn, ratio, spread } from "../lib/rounds.mjs";
import { openSite } from "../lib/site.mjs";

export const says = "how fast a backlog of webhooks is told, and what it costs payouts that somebody is told of them";

const longestSeconds = 180;

export async function run(bench) {
  const receiver = await openReceiver();
  const backlog = bench.options.quick ? 300 : 40_000;
  const drains = new Map();
  for (const endpoints of [1, 10, 20]) drains.set(endpoints, await backlogArm(bench, receiver, endpoints, backlog));
  const drained = await inTurn(bench, [...drains.values()]);
  const lines = [...drained].map(([name, list]) => {
    const us = (part) => number(spread(list, ({ cpuUs }) => cpuUs[part])?.median);
    return [
      name,
      withSpread(spread(list, (round) => round.perSecond)),
      us("server"),
      us("postgres"),
      list.map(({ left }) => left).join(", "),
    ];
  });
  const head = [
    `a backlog of ${number(backlog)}`,
    "told per second",
    "server CPU µs each",
    "PostgreSQL CPU µs each",
    "left untold",
  ];
  bench.say(table([head, ...lines]));
  for (const { site } of drains.values()) await site.close();

  const site = await openSite(bench, "subscribed");
  const [demo] = await makeMerchants(site, 1, "demo");
  const [other] = await makeMerchants(site, 1, "silent");
  await addEndpoint(site, demo, receiver.url(0));
  const told = serverArm(bench, site, [demo], { name: "payouts, one endpoint is told" });
  const silent = serverArm(bench, site, [other], { name: "payouts, nobody is told" });
  const rounds = await inTurn(bench, [told, silent]);
  bench.say();
  tellArms(bench, rounds);
  bench.say();
  tellCpu(bench, rounds);
  tellFaults(bench, rounds);
  const figure = ratio(rounds.get(told.name), rounds.get(silent.name), (round) => round.perSecond);
  bench.say(`\n${told.name}: ${withSpread(figure, 2)} times as many as when nobody is`);
  await site.close();
  return { drained: Object.fromEntries(drained), rounds: Object.fromEntries(rounds) };
}

/** A server of its own, whose merchant has so many endpoints and a backlog, made anew in every round. */
async function backlogArm(bench, receiver, endpoints, backlog) {
  const site = await openSite(bench, `webhooks${endpoints}`);
  const [demo] = await makeMerchants(site, 1, "demo");
  await fill(bench, site, backlog);
  const ids = [];
  for (let n = 0; n < endpoints; n += 1) ids.push(await addEndpoint(site, demo, receiver.url(n)));
  return {
    name: `${endpoints} endpoint${endpoints === 1 ? "" : "s"}`,
    site,
    async round() {
      await receiver.heard();
      const parts = { postgres: bench.postgres, site };
      await addNotices(site, demo, ids, backlog);
      const before = cpuOfAll(parts);
      const until = performance.now() + longestSeconds * 1_000;
      const waiting = async () =>
        (await site.ask("select count(*)::float8 as n from notices where next_at is not null"))[0].n;
      while ((await waiting()) > 0 && performance.now() < until) await sleep(250);
      const after = cpuOfAll(parts);
      const { count, firstAt, lastAt } = await receiver.heard();
      const left = await waiting();
      await site.ask("truncate notices, notice_calls");
      const us = (part) => ((after[part] - before[part]) * 1e6) / Math.max(1, count);
      const seconds = Math.max(1, lastAt - firstAt) / 1_000;
      return { count, left, perSecond: count / seconds, cpuUs: { server: us("server"), postgres: us("postgres") } };
    },
  };
}
