import { memoryOf } from "../lib/cpu.mjs";
import { load } from "../lib/load.mjs";
import { makeMerchants } from "../lib/merchants.mjs";
import { number, table } from "../lib/print.mjs";
import { openSite } from "../lib/site.mjs";

export const says = "resident memory of the server, over minutes of payouts on 256 connections";

const samples = 20;

export async function run(bench) {
  const seconds = bench.options.minutes * 60;
  const site = await openSite(bench, "memory");
  const merchants = await makeMerchants(site, Math.min(100, bench.options.merchants));
  const seen = [];
  const from = performance.now();
  const look = () => {
    const minute = (performance.now() - from) / 60_000;
    const [server] = site.servers;
    seen.push({ minute, server: memoryOf(server.pid), bank: memoryOf(site.bank.pid) });
    bench.progress(`${minute.toFixed(1)} min: ${seen.at(-1).server.toFixed(0)} MB`);
  };
  look();
  const timer = setInterval(look, (seconds * 1_000) / samples);
  const job = { kind: "closed", story: "payout", connections: 256, warm: 0.1, seconds, merchants };
  const [{ done, perSecond }] = (await load(bench, site, job)).results;
  clearInterval(timer);
  look();
  const lines = seen.map(({ minute, server, bank }) => [number(minute, 1), number(server), number(bank)]);
  bench.say(table([["minute", "server MB", "bank MB"], ...lines]));
  const half = seen.slice(seen.length >> 1);
  const growth = half.at(-1).server - half[0].server;
  bench.say(
    `\n${number(done)} payouts, ${number(perSecond)} a second. In the second half the server's memory changed by ${number(growth)} MB.`,
  );
  bench.say("(The bank keeps every reference in memory, as it is meant to.)");
  await site.close();
  return { seen, done, perSecond };
}
