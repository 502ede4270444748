import { setTimeout as sleep } from "node:timers/promises";
import { memoryOf } from "../lib/cpu.mjs";
import { load, perPayoutMs } from "../lib/load.mjs";
import { countRows, rowsPerPayout } from "../lib/rows.mjs";

const titles = { payout: "payouts", create: "Worldline create", approve: "Worldline create, approve, credited" };
const quietWithinMs = 60_000;

/** Everybody asks again as soon as they are answered, over HTTP. `hot`: as one merchant, on one account. */
export function serverArm(bench, site, merchants, { story = "payout", connections = 64, hot = true, name } = {}) {
  const servers = site.servers.length;
  const { seconds, warm } = bench.options;
  const who = hot ? "one merchant" : `${merchants.length} merchants`;
  return {
    name: name ?? `${titles[story]}, ${who}, ${servers} server${servers === 1 ? "" : "s"}, ${connections} connections`,
    async round() {
      const { postgres } = bench;
      const settled = async () =>
        (await site.ask("select count(*)::float8 as n from payouts where state = 'paid'"))[0].n;
      const count = story === "approve" ? { atBegin: settled, atEnd: settled } : {};
      const [before, lsn] = [await countRows(site.ask), await postgres.wal()];
      const asked = hot ? merchants.slice(0, 1) : merchants;
      const job = { kind: "closed", story, connections, warm, seconds, merchants: asked };
      const { results, cpu, secondsCounted, marked } = await load(bench, site, job, count);
      await untilQuiet(site);
      const written = await postgres.wal(lsn);
      const rows = rowsPerPayout(before, await countRows(site.ask));
      const [{ done, latencyMs, words, refused }] = results;
      const payouts = marked.length === 2 ? marked[1] - marked[0] : done;
      return {
        perSecond: marked.length === 2 ? payouts / secondsCounted : payouts / seconds,
        ...latencyMs,
        words,
        refused,
        rows,
        walBytes: written / rows.payouts,
        cpuMs: perPayoutMs(cpu, payouts),
        memoryMb: Math.max(...site.servers.map(({ pid }) => memoryOf(pid))),
      };
    },
  };
}

/** Until nothing is under way any more, so that the next round begins with nothing left over from this one. */
export async function untilQuiet(site, withinMs = quietWithinMs) {
  const until = performance.now() + withinMs;
  const text =
    "select count(*)::float8 as n from payouts where next_at is not null and next_at < now() + interval '1 minute'";
  while (performance.now() < until && (await site.ask(text))[0].n > 0) await sleep(100);
}
