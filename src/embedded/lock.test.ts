import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { extname, join } from "node:path";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { type Holder, lock } from "./lock.ts";
import { birthOf, commandOf } from "./process.ts";
import { scratch } from "./scratch.ts";

const me = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };

test("a lock is private, refuses a second taker, and is gone when given back", (t) => {
  const folder = scratch(t);
  const path = join(folder, "server.lock");
  const giveBack = lock(path, folder, me);
  assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.throws(() => lock(path, folder, me), {
    name: "ClusterProblem",
    message: new RegExp(`process ${process.pid}.*${folder}`),
  });
  giveBack();
  assert.deepEqual(readdirSync(folder), []);
});

test("a lock whose holder was killed is taken over, even when its pid belongs to another process now", (t) => {
  const folder = scratch(t);
  const path = join(folder, "server.lock");
  const stale: Holder = { pid: process.ppid, birth: `${birthOf(process.ppid)}0`, folder, nonce: "00" };
  writeFileSync(path, JSON.stringify(stale));
  lock(path, folder, me)();
  assert.ok(!existsSync(path));
});

test("a lock that a power loss has emptied is taken over", (t) => {
  const folder = scratch(t);
  writeFileSync(join(folder, "server.lock"), "");
  lock(join(folder, "server.lock"), folder, me)();
});

test("a starter killed while taking over a lock does not block the next one", (t) => {
  const folder = scratch(t);
  const path = join(folder, "server.lock");
  const dead: Holder = { pid: process.pid, birth: "long ago", folder, nonce: "00" };
  writeFileSync(path, JSON.stringify(dead));
  writeFileSync(`${path}.after-00`, JSON.stringify({ ...dead, nonce: "11" }));
  lock(path, folder, me)();
  assert.deepEqual(readdirSync(folder), []);
});

test("the lock of a copied folder names the folder it was copied from", (t) => {
  const folder = scratch(t);
  const path = join(folder, "server.lock");
  lock(path, "/srv/original", me);
  assert.throws(() => lock(path, folder, me), /data folder \/srv\/original.*If it is a copy, remove .*server\.lock/);
});

test("of many starters that find the same stale lock, one gets it", async (t) => {
  const folder = scratch(t);
  const path = join(folder, "server.lock");
  const program = `
    import { lock } from ${JSON.stringify(import.meta.resolve(`./lock${extname(import.meta.url)}`))};
    import { existsSync } from "node:fs";
    process.stdout.write("up");
    while (!existsSync(${JSON.stringify(join(folder, "go"))}));
    for (let round = 0; round < 40; round++) {
      const path = ${JSON.stringify(path)} + round;
      try { lock(path, "", ${JSON.stringify(me)}); process.stdout.write(" got" + round + " "); }
      catch (error) { if (error.name !== "ClusterProblem") process.stdout.write(String(error)); }
    }
    process.stdout.write("done");
    process.stdin.resume();`; // stays alive until told: what it has taken must stay taken
  const stale = JSON.stringify({ pid: process.pid, birth: "long ago", folder, nonce: "00" });
  for (let round = 0; round < 40; round++) writeFileSync(path + round, stale);
  const starters = Array.from({ length: 4 }, () =>
    spawn(process.execPath, ["--input-type=module", "-e", program], { stdio: ["pipe", "pipe", "inherit"] }),
  );
  t.after(() => starters.forEach((starter) => starter.kill("SIGKILL")));
  let said = "";
  for (const { stdout } of starters) stdout.on("data", (data) => (said += String(data)));
  await Promise.all(starters.map(({ stdout }) => once(stdout, "data")));
  writeFileSync(join(folder, "go"), "");
  const countOf = (word: string) => said.split(word).length - 1;
  while (countOf("done") < starters.length && !/Error/.test(said)) await delay(5);
  for (const { stdin } of starters) stdin.end();
  for (let round = 0; round < 40; round++) assert.equal(countOf(`got${round} `), 1, `round ${round}: ${said}`);
  assert.doesNotMatch(said, /Error/);
});

test("a process is known by its birth, with /proc and with ps", async () => {
  const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)", "--", "a b"], { stdio: "ignore" });
  const pid = child.pid ?? 0;
  for (const platform of ["linux", "darwin"]) {
    if (platform === "linux" && process.platform !== "linux") continue;
    assert.ok(birthOf(pid, platform), platform);
    assert.equal(birthOf(pid, platform), birthOf(pid, platform));
    assert.match(commandOf(pid, platform), /setInterval.* a b$/);
  }
  child.kill("SIGKILL");
  await once(child, "exit");
  assert.equal(birthOf(pid), undefined);
  assert.equal(birthOf(pid, "darwin"), undefined);
  assert.equal(commandOf(pid), "");
});
