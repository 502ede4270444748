import { setTimeout as sleep } from "node:timers/promises";
import { checkBooks, fill, tellBooks } from "../lib/fill.mjs";
import { makeMerchants } from "../lib/merchants.mjs";
import { number, table } from "../lib/print.mjs";
import { cpuOfAll, memoryOf } from "../lib/cpu.mjs";
import { openSite } from "../lib/site.mjs";

export const says = "a start with payouts in flight: half queued, half sent, without an answer and with leases run out";

const longestSeconds = 900;

export async function run(bench) {
  const { flying, merchants } = bench.options;
  const site = await openSite(bench, "recovery");
  await makeMerchants(site, Math.min(100, merchants));
  await site.stopServers();
  const emptyStart = await site.startServer();
  await site.stopServers();
  await fill(bench, site, flying, "in flight");

  const [{ now: filledAt }] = await site.ask("select now()");
  const before = cpuOfAll({ postgres: bench.postgres, site });
  const server = await site.startServer();
  const startedAt = performance.now();
  const waiting = async () => {
    const text = `select count(*) filter (where state = 'queued')::float8 as queued,
        count(*) filter (where state in ('sent', 'in_doubt') and asks = 0 and send < 2 and first_sent_at < $1)::float8 as unasked,
        count(*) filter (where next_at is not null)::float8 as open from payouts where next_at is not null`;
    return (await site.ask(text, [filledAt]))[0];
  };
  const reached = { halfOver: null, allAsked: null, allOver: null };
  let memory = 0;
  for (
    let now;
    reached.allOver === null && (now = (performance.now() - startedAt) / 1_000) < longestSeconds;
    await sleep(200)
  ) {
    const { queued, unasked, open } = await waiting();
    memory = Math.max(memory, memoryOf(server.pid));
    bench.progress(`${now.toFixed(0)} s: ${open} open, of which ${queued} queued, ${unasked} not asked about`);
    if (open <= flying / 2) reached.halfOver ??= now;
    if (unasked === 0) reached.allAsked ??= now;
    if (open === 0) reached.allOver ??= now;
    if (open > 1_000) await sleep(1_000);
  }
  const after = cpuOfAll({ postgres: bench.postgres, site });
  const books = await checkBooks(bench, site);
  const seconds = (value) => (value === null ? `more than ${longestSeconds}` : number(value, 1));
  bench.say(
    table([
      [`${number(flying)} payouts in flight`, "seconds"],
      ["start to listening, nothing in flight", number(emptyStart.startSeconds, 2)],
      ["start to listening", number(server.startSeconds, 2)],
      ["until every one that was sent was asked about", seconds(reached.allAsked)],
      ["until half of all were over", seconds(reached.halfOver)],
      ["until all were over", seconds(reached.allOver)],
    ]),
  );
  const ms = (part) => number(((after[part] - before[part]) * 1_000_000) / flying);
  bench.say(
    `\nCPU µs for each: server ${ms("server")}, bank ${ms("bank")}, PostgreSQL ${ms("postgres")}; server's memory at most ${number(memory)} MB`,
  );
  bench.say(tellBooks(books));
  await site.close();
  return {
    flying,
    emptyStartSeconds: emptyStart.startSeconds,
    startSeconds: server.startSeconds,
    ...reached,
    memory,
    books,
  };
}
