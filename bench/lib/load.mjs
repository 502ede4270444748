import { fork } from "node:child_process";
import { atEnd } from "./cleanup.mjs";
import { cpuOfAll } from "./cpu.mjs";

let loads = 0;

/** Good words of each story. */
const good = { payout: ["paid"], create: ["201"], approve: ["approved"], read: ["200"], find: ["200"] };

/**
 * Runs one job in a process of its own and measures what everybody uses while it counts. `atBegin` and `atEnd` of `hooks` are awaited
 * at those moments. Resolves with the job's results, one for each phase, and the CPU seconds by part.
 */
export async function load(bench, site, job, hooks = {}) {
  loads += 1;
  const child = fork(new URL("load/process.mjs", import.meta.url), { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const stop = atEnd(() => {
    child.kill("SIGKILL");
    return ended;
  });
  const parts = { postgres: bench.postgres, site };
  let begun;
  let cpu;
  let secondsCounted = 0;
  const marks = [];
  const results = await new Promise((resolve, reject) => {
    child.on("message", ({ is, cpuSeconds, results }) => {
      if (is === "begin") {
        begun = { at: performance.now(), ...cpuOfAll(parts), load: cpuSeconds };
        if (hooks.atBegin !== undefined) marks.push(hooks.atBegin());
      } else if (is === "end") {
        const now = { ...cpuOfAll(parts), load: cpuSeconds };
        cpu = Object.fromEntries(Object.entries(now).map(([part, used]) => [part, used - begun[part]]));
        secondsCounted = (performance.now() - begun.at) / 1_000;
        if (hooks.atEnd !== undefined) marks.push(hooks.atEnd());
      } else resolve(results);
    });
    void ended.then((code) => reject(new Error(`the load ended with ${code}`)));
    child.send({
      prefix: `b${process.pid.toString(36)}${loads}`,
      urls: site.servers.map(({ url }) => url),
      good: good[job.story],
      ...job,
    });
  });
  const marked = await Promise.all(marks);
  await stop();
  return { results, cpu, secondsCounted, marked };
}

/** CPU milliseconds per payout, by part. */
export const perPayoutMs = (cpu, payouts) =>
  Object.fromEntries(Object.entries(cpu).map(([part, seconds]) => [part, (seconds * 1_000) / Math.max(1, payouts)]));
