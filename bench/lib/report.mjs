import { number, others, table, withSpread } from "./print.mjs";
import { spread } from "./rounds.mjs";

/** Throughput, latency, rows, WAL and CPU of each arm, one line each. */
export function tellArms(bench, rounds) {
  const figure = (of) => (list) => spread(list, of);
  const perSecond = figure((round) => round.perSecond);
  const p50 = figure((round) => round.p50);
  const p99 = figure((round) => round.p99);
  const rows = figure((round) => round.rows.total);
  const wal = figure((round) => round.walBytes);
  const head = ["", "payouts/s", "p50 ms", "p99 ms", "rows", "WAL bytes"];
  const lines = [...rounds].map(([name, list]) => [
    name,
    withSpread(perSecond(list)),
    number(p50(list)?.median, 1),
    number(p99(list)?.median, 1),
    number(rows(list)?.median, 1),
    number(wal(list)?.median),
  ]);
  bench.say(table([head, ...lines]));
}

/** CPU per payout by part, in microseconds, and the memory of the largest server. */
export function tellCpu(bench, rounds) {
  const us = (list, part) => spread(list, (round) => round.cpuMs[part] * 1_000)?.median;
  const parts = ["server", "bank", "postgres", "load"];
  const lines = [...rounds].map(([name, list]) => {
    const server = us(list, "server");
    const both = server === undefined ? undefined : server + us(list, "postgres");
    const memory = spread(list, (round) => round.memoryMb)?.median;
    return [name, ...parts.map((part) => number(us(list, part))), number(both), number(memory)];
  });
  bench.say(
    table([
      ["CPU µs per payout", "server", "bank", "PostgreSQL", "load", "server + PostgreSQL", "server MB"],
      ...lines,
    ]),
  );
}

/** What did not go well, if anything: how often, and one example of each. */
export function tellFaults(bench, rounds, good = ["paid", "201", "approved", "200"]) {
  for (const [name, list] of rounds) {
    const bad = list.map(({ words }) => others(words ?? {}, good)).filter((text) => text !== "");
    if (bad.length === 0) continue;
    bench.say(`${name}: not all went well: ${bad.join("; ")}`);
    const examples = Object.assign({}, ...list.map(({ refused }) => refused?.examples ?? {}));
    for (const [word, example] of Object.entries(examples)) bench.say(`  ${word}: ${example}`);
  }
}
