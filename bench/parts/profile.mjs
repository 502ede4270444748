import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { load } from "../lib/load.mjs";
import { makeMerchants } from "../lib/merchants.mjs";
import { number, table } from "../lib/print.mjs";
import { byFunction, byPlace, selfTimes } from "../lib/profile.mjs";
import { openSite } from "../lib/site.mjs";

export const says = "where the server's own time goes, while payouts are paid on 64 connections";

export async function run(bench) {
  const profiles = join(bench.folder, "profiles");
  mkdirSync(profiles);
  const site = await openSite(bench, "profile", { idle: true });
  await site.startServer();
  const merchants = await makeMerchants(site, 1);
  await site.stopServers();
  const stories = {};
  for (const story of ["payout", "create"]) {
    const folder = join(profiles, story);
    const spawnedAt = performance.now();
    const server = await site.startProfiled(["--cpu-prof", `--cpu-prof-dir=${folder}`, "--cpu-prof-interval=500"]);
    const { seconds, warm } = bench.options;
    const job = { kind: "closed", story, connections: 64, warm: warm * 2, seconds: seconds * 2, merchants };
    const begin = performance.now() - spawnedAt + warm * 2_000;
    const [{ done }] = (await load(bench, site, job)).results;
    await site.stopServers();
    const [file] = readdirSync(folder);
    if (file === undefined) throw new Error(`the server wrote no profile (${server.troubles()})`);
    const profile = JSON.parse(readFileSync(join(folder, file), "utf8"));
    stories[story] = tell(bench, story, selfTimes(profile, begin, begin + seconds * 2_000), done);
  }
  await site.close();
  return stories;
}

function tell(bench, story, times, done) {
  const us = (ms) => number((ms * 1_000) / Math.max(1, done), 1);
  const busy = times.reduce((sum, { place, ms }) => (place === "(idle)" ? sum : sum + ms), 0);
  const share = (ms) => `${number((100 * ms) / busy, 1)} %`;
  const places = byPlace(times);
  const functions = byFunction(times).slice(0, 40);
  bench.say(`### ${story}: ${number(done)} done, ${us(busy)} µs of the server's thread each\n`);
  const placeLines = places.map(({ place, ms, withNodeMs }) => [
    place,
    ...[ms, withNodeMs].flatMap((time) => (time === null ? ["", ""] : [share(time), us(time)])),
  ]);
  bench.say(table([["place", "own time", "µs each", "and what Node did for it", "µs each"], ...placeLines]));
  bench.say();
  const lines = functions.map(({ name, place, ms }) => [`${name} (${place})`, share(ms), us(ms)]);
  bench.say(table([["function", "of busy time", "µs each"], ...lines]));
  bench.say();
  return { done, busyMs: busy, places, functions };
}
