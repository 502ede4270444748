import { compareBooks, openRival, paused, writtenRows } from "../arms/compare.mjs";
import { serverArm } from "../arms/server.mjs";
import { checkBooks, countPayouts } from "../lib/fill.mjs";
import { installLibraries } from "../lib/libraries.mjs";
import { makeMerchants } from "../lib/merchants.mjs";
import { number, table, withSpread } from "../lib/print.mjs";
import { tellArms, tellCpu, tellFaults } from "../lib/report.mjs";
import { inTurn, ratio } from "../lib/rounds.mjs";
import { openSite } from "../lib/site.mjs";

export const says = "the server beside what a user would build instead: same bank, same rows, one merchant";

/** By program: its library, and how many times the server's CPU it is wanted to need. */
const rivals = {
  "pg-boss": { library: "pg-boss", wanted: 10 },
  "graphile-worker": { library: "graphile-worker", wanted: 10 },
  dbos: { library: "@dbos-inc/dbos-sdk", wanted: 40 },
};
const connections = 256;
const server = "server";

export async function run(bench) {
  const { problem, node, nodeVersion, versionOf } = await installLibraries(bench);
  if (problem !== undefined) bench.say(`Nothing to compare with: ${problem}. What follows is the server alone.\n`);
  else bench.say(`All of them, and the bank, run on Node ${nodeVersion}.\n`);
  const site = await openSite(bench, "compared", { node });
  const opened = new Map([[server, { site, merchants: await makeMerchants(site, 1) }]]);
  const wanted = new Map();
  for (const [program, { library, wanted: times }] of Object.entries(problem === undefined ? rivals : {})) {
    const name = `${program} ${versionOf(library)}`;
    bench.progress(name);
    opened.set(name, await openRival(bench, program, node));
    wanted.set(name, times);
  }
  const armOf = (name, among = bench) => {
    const { site, merchants } = opened.get(name);
    const arm = serverArm(among, site, merchants, { connections, name });
    return name === server ? arm : paused(arm, site);
  };
  const short = { ...bench, options: { ...bench.options, seconds: bench.options.warm } };
  for (const name of opened.keys()) {
    bench.progress(`warming up: ${name}`); // so that nobody's first round pays for compiling
    await armOf(name, short).round();
  }
  const rounds = await inTurn(
    bench,
    [...opened.keys()].map((name) => armOf(name)),
  );
  tellArms(bench, rounds);
  bench.say();
  tellCpu(bench, rounds);
  tellFaults(bench, rounds);
  const ratios = tellRatios(bench, rounds, wanted);
  const books = await tellBooks(bench, opened);
  for (const { site } of opened.values()) await site.close();
  return { rounds: Object.fromEntries(rounds), ratios, books };
}

const cpu = ({ cpuMs }) => cpuMs.server + cpuMs.postgres;

/** How many times the server's CPU each of them needs, and how many times its payouts the server makes. */
function tellRatios(bench, rounds, wanted) {
  const ours = rounds.get(server);
  const told = [...wanted].map(([name, times]) => ({
    name,
    wanted: times,
    cpu: ratio(rounds.get(name), ours, cpu),
    serverCpu: ratio(rounds.get(name), ours, ({ cpuMs }) => cpuMs.server),
    postgresCpu: ratio(rounds.get(name), ours, ({ cpuMs }) => cpuMs.postgres),
    payouts: ratio(ours, rounds.get(name), ({ perSecond }) => perSecond),
  }));
  if (told.length === 0) return told;
  const head = ["CPU per payout", "server + PostgreSQL", "wanted", "server", "PostgreSQL", "payouts/s: server ÷ it"];
  const lines = told.map(({ name, wanted: times, ...figures }) => [
    `${name} ÷ server`,
    withSpread(figures.cpu, 1),
    times,
    ...[figures.serverCpu, figures.postgresCpu, figures.payouts].map((figure) => withSpread(figure, 1)),
  ]);
  bench.say();
  bench.say(table([head, ...lines]));
  return told;
}

/** What was written beside the rows of the first table, and whether the tables say the same as the bank. */
async function tellBooks(bench, opened) {
  const all = {};
  for (const [name, { site }] of opened) {
    const rows = await writtenRows(site);
    if (name !== server) await countPayouts(site); // nobody else keeps this count
    all[name] = { rows, ...(await compareBooks(site, () => checkBooks(bench, site))) };
  }
  const columns = ["updated", "libraryInserted", "libraryUpdated", "libraryDeleted"];
  const each = (rows, column) => number(rows[column] / Math.max(1, rows.payouts), 1);
  const lines = Object.entries(all).map(([name, { rows }]) => [name, ...columns.map((column) => each(rows, column))]);
  bench.say();
  bench.say(table([["rows per payout", "updated", "the library's: inserted", "updated", "deleted"], ...lines]));
  bench.say();
  for (const [name, { agree, bankPaid, payouts, paid, findings }] of Object.entries(all)) {
    const broken = findings.map(({ invariant, count }) => `${invariant} (${count})`).join(", ");
    const counts = `the bank has paid ${number(bankPaid)}, the tables have ${number(paid)} paid of ${number(payouts)}`;
    const held = broken === "" ? "every invariant holds" : `does not hold: ${broken}`;
    bench.say(`${name}: ${agree ? "the books agree" : "THE BOOKS DO NOT AGREE"}: ${counts}; ${held}.`);
  }
  return all;
}
