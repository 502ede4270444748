import assert from "node:assert/strict";
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { openScratch } from "../embedded/scratch.ts";
import { runCommand } from "./main.ts";

/** Runs a command on a data folder, and returns what it ended with and said. */
async function disburse(data: string, ...words: string[]) {
  const [said, noted]: [string[], string[]] = [[], []];
  const terminal = {
    say: (line: string) => void said.push(line),
    note: (line: string) => void noted.push(line),
    environment: { DISBURSE_DATA_DIR: data, PORT: "0" },
    stopped: Promise.resolve(),
  };
  const code = await runCommand(words, terminal);
  return { code, said: said.join("\n"), noted: noted.join("\n") };
}

/** A server on the folder, until it is told to end. */
async function server(t: TestContext, data: string) {
  let stop = () => {};
  const stopped = new Promise<void>((resolve) => (stop = resolve));
  t.after(stop);
  const noted: string[] = [];
  let said = "";
  const ready = new Promise<void>((resolve) => {
    const terminal = {
      say(line: string) {
        said = line;
        resolve();
      },
      note: (line: string) => void noted.push(line),
      environment: { DISBURSE_DATA_DIR: data, PORT: "0", DISBURSE_DEMO: "no" },
      stopped,
    };
    ended = runCommand(["start", "--json"], terminal);
  });
  await ready;
  const { url, dispatch } = JSON.parse(said) as { url: string; dispatch: string };
  return { url, dispatch, noted: () => noted.join("\n"), end: () => (stop(), ended) };
}
let ended: Promise<number>;

test("a database whose witness is gone is frozen, says so, and is armed beside the server that runs on it, or without one", async (t) => {
  const data = openScratch(t);
  const first = await server(t, data);
  assert.equal(first.dispatch, "armed");
  assert.match((await disburse(data, "arm")).said, /^Payouts are sent\.$/);
  assert.equal(await first.end(), 0);
  assert.ok(existsSync(join(data, "witness.json")));
  assert.ok(!existsSync(join(data, "server.url")));

  rmSync(join(data, "witness.json"));
  const frozen = await server(t, data);
  assert.equal(frozen.dispatch, "frozen");
  assert.match(
    frozen.noted(),
    /nothing is sent: this database is not trusted, because .*witness\.json\.\n.*disburse arm/,
  );
  const health = (await (await fetch(`${frozen.url}/health`)).json()) as { status: string; dispatch: string };
  assert.deepEqual([health.status, health.dispatch], ["ok", "frozen"]);
  const beside = await disburse(data, "arm", "--reason", "the folder was cleaned", "--by", "ada");
  assert.equal(beside.code, 0, beside.noted);
  assert.match(beside.said, /^Payouts are sent\.\nBanks were asked .*\n +rail .*\n +sandbox +0 +0 +0 +0$/);
  assert.equal(await frozen.end(), 0);

  rmSync(join(data, "witness.json"), { force: true });
  const look = await disburse(data, "arm");
  assert.match(look.said, /^Nothing is sent: .*\n0 payouts are queued and go out once it is armed/);
  const alone = await disburse(data, "arm", "--reason", "again", "--json");
  assert.equal(alone.code, 0, alone.noted);
  const { dispatch, log } = JSON.parse(alone.said) as { dispatch: string; log: { event: string; reason: string }[] };
  assert.deepEqual([dispatch, log[0]!.reason], ["armed", "again"]);
  const last = await server(t, data);
  assert.equal(last.dispatch, "armed");
  assert.equal(await last.end(), 0);
});
