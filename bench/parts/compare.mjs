import { compareBooks, openRival, rivalArm, warmUp, writtenRows } from "../arms/compare.mjs";
import { serverArm } from "../arms/server.mjs";
import { checkBooks } from "../lib/fill.mjs";
import { installLibraries } from "../lib/libraries.mjs";
import { makeMerchants } from "../lib/merchants.mjs";
import { number, table, withSpread } from "../lib/print.mjs";
import { tellArms, tellCpu, tellFaults } from "../lib/report.mjs";
import { inTurn, ratio } from "../lib/rounds.mjs";
import { openSite } from "../lib/site.mjs";

export const says = "the server beside what a user would build instead: same bank, same rows, one merchant";

/** By program: its library, and by how much more CPU the server is wanted to save. */
const rivals = {
  "pg-boss": { library: "pg-boss", wanted: 10 },
  "graphile-worker": { library: "graphile-worker", wanted: 10 },
  dbos: { library: "@dbos-inc/dbos-sdk", wanted: 40 },
};
const connections = 256;

export async function run(bench) {
  const { problem, node, nodeVersion, versionOf } = await installLibraries(bench);
  if (problem !== undefined) bench.say(`Nothing to compare with: ${problem}. What follows is the server alone.\n`);
  else bench.say(`All of them, and the bank, on Node ${nodeVersion}.\n`);
  const site = await openSite(bench, "compared", { node });
  const server = { site, merchants: await makeMerchants(site, 1) };
  const serverName = "server";
  const opened = new Map([[serverName, server]]);
  const arms = [serverArm(bench, site, server.merchants, { connections, name: serverName })];
  const wanted = new Map();
  for (const [program, { library, wanted: times }] of Object.entries(problem === undefined ? rivals : {})) {
    bench.progress(program);
    const name = `${program} ${versionOf(library)}`;
    const rival = await openRival(bench, program, node, JSON.parse(process.env.TUNING ?? "{}")[program]);
    await warmUp(bench, rival, { connections });
    opened.set(name, rival);
    wanted.set(name, times);
    arms.push(rivalArm(bench, rival, { connections, name }));
  }
  const rounds = await inTurn(bench, arms);
  tellArms(bench, rounds);
  bench.say();
  tellCpu(bench, rounds);
  tellFaults(bench, rounds);
  bench.say();
  const ratios = tellRatios(bench, rounds, serverName, wanted);
  bench.say();
  const books = await tellBooks(bench, opened);
  for (const { site } of opened.values()) await site.close();
  return { rounds: Object.fromEntries(rounds), ratios, books };
}

const cpu = ({ cpuMs }) => cpuMs.server + cpuMs.postgres;

function tellRatios(bench, rounds, serverName, wanted) {
  const server = rounds.get(serverName);
  const told = [...wanted].map(([name, times]) => ({
    name,
    wanted: times,
    cpu: ratio(rounds.get(name), server, cpu),
    serverCpu: ratio(rounds.get(name), server, ({ cpuMs }) => cpuMs.server),
    postgresCpu: ratio(rounds.get(name), server, ({ cpuMs }) => cpuMs.postgres),
    payouts: ratio(server, rounds.get(name), ({ perSecond }) => perSecond),
  }));
  const head = ["", "CPU, server + PostgreSQL", "wanted", "of server", "of PostgreSQL", "server's payouts/s ÷ its"];
  const lines = told.map(({ name, wanted: times, ...figures }) => [
    `CPU of ${name} ÷ server's`,
    withSpread(figures.cpu, 1),
    times,
    ...[figures.serverCpu, figures.postgresCpu, figures.payouts].map((figure) => withSpread(figure, 1)),
  ]);
  if (lines.length > 0) bench.say(table([head, ...lines]));
  return told;
}

async function tellBooks(bench, opened) {
  const all = {};
  for (const [name, { site }] of opened) {
    const rows = await writtenRows(site);
    all[name] = { rows, ...(await compareBooks(site, () => checkBooks(bench, site))) };
  }
  const each = (rows, column) => number(rows[column] / Math.max(1, rows.payouts), 1);
  const columns = ["updated", "libraryInserted", "libraryUpdated", "libraryDeleted"];
  const head = ["beside the rows, per payout", "updated", "the library's inserted", "updated", "deleted"];
  const lines = Object.entries(all).map(([name, { rows }]) => [name, ...columns.map((column) => each(rows, column))]);
  bench.say(table([head, ...lines]));
  bench.say();
  for (const [name, { agree, bankPaid, payouts, paid, findings }] of Object.entries(all)) {
    const held =
      findings.length === 0
        ? "every invariant holds"
        : `does not hold: ${findings.map(({ invariant, count }) => `${invariant} (${count})`).join(", ")}`;
    const counts = `the bank has paid ${number(bankPaid)}, the tables have ${number(paid)} paid of ${number(payouts)}`;
    bench.say(`${name}: ${agree ? "the books agree" : "THE BOOKS DO NOT AGREE"}: ${counts}; ${held}.`);
  }
  return all;
}
