// The load, in a process of its own: gets one job from the run, says when what counts begins and ends, and how it went.
import { setTimeout as sleep } from "node:timers/promises";
import { stories } from "./stories.mjs";
import { Tally } from "./tally.mjs";
import { Line } from "./wire.mjs";

const drainMs = 15_000;
const job = await new Promise((resolve) => process.once("message", resolve));
process.once("disconnect", () => process.exit());
const story = stories[job.story];
const lines = [];
let serial = 0;

function openLine() {
  const line = new Line(job.urls[lines.length % job.urls.length]);
  lines.push(line);
  return line;
}

/** One request, or what belongs together; never rejects. */
async function once(line) {
  const merchant = job.merchants[job.merchants.length === 1 ? 0 : Math.floor(Math.random() * job.merchants.length)];
  serial += 1;
  try {
    return { word: await story(line, merchant, `${job.prefix}-${serial}`, job) };
  } catch (error) {
    return { word: "no answer", example: String(error) };
  }
}

const say = (is, more = {}) => process.send({ is, cpuSeconds: cpuSeconds(), ...more });
const cpuSeconds = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

/** Everybody asks again as soon as they are answered. */
async function closed({ connections, warm, seconds, good }) {
  const tally = new Tally(seconds, good);
  const from = performance.now() + warm * 1_000;
  const until = from + seconds * 1_000;
  setTimeout(() => say("begin"), warm * 1_000);
  setTimeout(() => say("end"), (warm + seconds) * 1_000);
  const client = async () => {
    const line = openLine();
    while (performance.now() < until) {
      const at = performance.now();
      const { word, example } = await once(line);
      const now = performance.now();
      if (now >= from && now < until) tally.add(word, now - at, now - at, example);
    }
  };
  await Promise.all(Array.from({ length: connections }, client));
  return [tally.result()];
}

/** Requests leave at their time, whether those before are answered or not; the time they wait for a connection counts. `connected`: all are there before. */
async function open({ connections, phases, good, connected = false }) {
  const tallies = phases.map(({ seconds }) => new Tally(seconds, good));
  const free = connected ? Array.from({ length: connections }, openLine) : [];
  for (const line of free) await line.connect();
  const waiting = [];
  const flying = new Set();
  let current; // the stretch that it is now; none while what is left is waited for
  const fly = async (line, { at, phase }) => {
    const sentAt = performance.now();
    const { word, example } = await once(line);
    const now = performance.now();
    tallies[phase].add(word, now - at, now - sentAt, example);
    current?.finish(word);
    const next = waiting.shift();
    if (next === undefined) return void free.push(line);
    await fly(line, next);
  };
  const begin = (one) => {
    const line = free.pop() ?? (lines.length < connections ? openLine() : undefined);
    if (line === undefined) return void waiting.push(one);
    const flight = fly(line, one).finally(() => flying.delete(flight));
    flying.add(flight);
  };
  for (const [phase, { rate, seconds, counts }] of phases.entries()) {
    const start = performance.now();
    current = tallies[phase];
    if (counts) say("begin");
    for (let sent = 0; sent < rate * seconds;) {
      const due = Math.min(rate * seconds, ((performance.now() - start) * rate) / 1_000);
      for (; sent < due; sent += 1) begin({ at: start + (sent * 1_000) / rate, phase });
      await sleep(1);
    }
    await sleep(Math.max(0, start + seconds * 1_000 - performance.now()));
    if (counts) say("end");
    current = undefined;
    if (phase < phases.length - 1) continue;
    const given = waiting.splice(0, waiting.length); // nobody sends them any more
    for (const { phase: of } of given) tallies[of].add("never sent", 0, 0);
    await Promise.race([Promise.all(flying), sleep(drainMs)]);
  }
  return tallies.map((tally) => tally.result());
}

const results = await (job.kind === "open" ? open(job) : closed(job));
for (const line of lines) line.close();
say("done", { results });
process.disconnect();
