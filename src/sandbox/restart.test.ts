import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { startSandboxBank } from "./server.ts";
import { aFolder, aTransfer, get, post } from "./trial.ts";

/** A bank in a process of its own, which can be killed. Its files can be kept to so many blocks: a disk that fills up. */
async function spawnBank(
  t: TestContext,
  dir: string,
  blocks = "unlimited",
): Promise<{ process: ChildProcess; url: string }> {
  const program = `
    const { startSandboxBank } = await import(${JSON.stringify(new URL("./server.js", import.meta.url).href)});
    const bank = await startSandboxBank({ dir: ${JSON.stringify(dir)}, port: 0, callbackSecret: "a secret" });
    console.log(bank.url);`;
  const shell = `ulimit -f ${blocks}; exec "$0" --input-type=module -e "$1"`;
  const child = spawn("sh", ["-c", shell, process.execPath, program], { stdio: ["ignore", "pipe", "inherit"] });
  t.after(() => child.kill("SIGKILL"));
  const [line] = (await once(child.stdout, "data")) as [Buffer];
  return { process: child, url: line.toString().trim() };
}

test("what was answered is in the books after kill -9, and what was to come comes", async (t) => {
  const dir = aFolder();
  const { process: child, url } = await spawnBank(t, dir);
  await post(`${url}/transfers`, aTransfer("L1", { orders: "sandbox:async-paid=600" }));
  await get(`${url}/transfers/F1?fence=2`);
  const answered: string[] = [];
  const sender = async (name: string) => {
    for (let n = 0; ; n += 1) {
      const { status } = await post(`${url}/transfers`, aTransfer(`${name}${n}`));
      if (status === 200) answered.push(`${name}${n}`);
    }
  };
  const senders = ["A", "B", "C", "D"].map((name) => sender(name).catch(() => undefined));
  await sleep(200);
  child.kill("SIGKILL");
  await Promise.all([...senders, once(child, "exit")]);
  assert.ok(answered.length > 0);
  appendFileSync(join(dir, "books.jsonl"), '{"kind":"change","at":17'); // and the disk had begun with one more

  const said: string[] = [];
  const bank = await startSandboxBank({
    dir,
    port: 0,
    callbackSecret: "a secret",
    log: (message) => said.push(message),
  });
  assert.match(said.join(), /cut off 24 bytes/);
  for (const name of answered) assert.equal((await get(`${bank.url}/transfers/${name}`)).body["status"], "paid", name);
  assert.equal((await post(`${bank.url}/transfers`, aTransfer("F1", { send: 2 }))).status, 410);
  const again = await post(`${bank.url}/transfers`, aTransfer(answered[0] ?? "", { send: 2 })); // the key is the same too
  assert.equal(again.status, 200);
  await sleep(700);
  assert.equal((await get(`${bank.url}/transfers/L1`)).body["status"], "paid");
  await bank.close();
});

test("a bank that cannot write says nothing more, neither yes nor no", async (t) => {
  const dir = aFolder();
  const { process: child, url } = await spawnBank(t, dir, "8");
  const answered: string[] = [];
  for (let n = 0; n < 100; n += 1) {
    const { status } = await post(`${url}/transfers`, aTransfer(`A${n}`));
    if (status === 200) answered.push(`A${n}`);
    else assert.equal(status, 503);
  }
  assert.ok(answered.length > 0 && answered.length < 100);
  for (const page of ["transfers/A0", "transfers/A99?fence=1", "books", "health"]) {
    assert.equal((await get(`${url}/${page}`)).status, 503, page);
  }
  child.kill("SIGKILL");
  await once(child, "exit");
  const bank = await startSandboxBank({ dir, port: 0, callbackSecret: "a secret" });
  for (const name of answered) assert.equal((await get(`${bank.url}/transfers/${name}`)).body["status"], "paid", name);
  assert.equal((await get(`${bank.url}/transfers/A99`)).status, 404);
  await bank.close();
});

test("a folder has one bank at a time", async (t) => {
  const dir = aFolder();
  const { process: child } = await spawnBank(t, dir);
  const options = { dir, port: 0, callbackSecret: "a secret" };
  await assert.rejects(startSandboxBank(options), new RegExp(`in use by process ${child.pid}`));
  child.kill("SIGKILL");
  await once(child, "exit");
  const bank = await startSandboxBank(options);
  await assert.rejects(startSandboxBank(options), /in use/);
  await bank.close();
  await bank.close(); // twice is once
  assert.ok(!existsSync(join(dir, "lock")));
  assert.deepEqual(readdirSync(dir).sort(), ["books.jsonl", "fingerprint.key"]);
});

test("a port that is taken leaves the folder free", async () => {
  const first = await startSandboxBank({ dir: aFolder(), port: 0, callbackSecret: "a secret" });
  const dir = aFolder();
  await assert.rejects(startSandboxBank({ dir, port: first.port, callbackSecret: "a secret" }), /EADDRINUSE/);
  const second = await startSandboxBank({ dir, port: 0, callbackSecret: "a secret" });
  await Promise.all([first.close(), second.close()]);
});
