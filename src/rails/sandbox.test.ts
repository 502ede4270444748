import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { startSandboxBank, type SandboxBank } from "../sandbox/server.ts";
import type { Listed, Rail } from "./rail.ts";
import { openSandboxRail } from "./sandbox.ts";
import { anInstruction } from "./trial.ts";

const folder = mkdtempSync(join(tmpdir(), "disburse-rail-"));
let bank: SandboxBank;
let rail: Rail;
before(async () => {
  bank = await startSandboxBank({ dir: folder, port: 0, callbackSecret: "not used here" });
  rail = openSandboxRail(bank.url);
});
after(async () => {
  await rail.close();
  await bank.close();
  rmSync(folder, { recursive: true });
});

const send = (reference: string, text: string | null = null) => rail.send(anInstruction(reference, { text }), () => {});

async function listed(since: number): Promise<Listed[]> {
  const all: Listed[] = [];
  for await (const page of rail.listSince!(since)) all.push(...page);
  return all;
}

test("the bank tells all that it has done since a moment, in as many pages as it takes", async () => {
  const startedAt = Date.now();
  await Promise.all(Array.from({ length: 1_100 }, (_, n) => send(`MANY${n}`)));
  await send("NO", "sandbox:declined");
  const all = await listed(startedAt);
  assert.equal(all.length, 1_101);
  const { at, bankId, ...last } = all.at(-1)!;
  assert.deepEqual(last, { reference: "NO", status: "declined", amountMinor: 1_250n, currency: "EUR" });
  assert.ok(at >= startedAt && bankId !== null);
  assert.deepEqual(await listed(Date.now() + 1_000), []);
});

test("a bank that does not answer has not told that there is nothing", async () => {
  const nobody = openSandboxRail("http://127.0.0.1:1");
  await assert.rejects(async () => {
    for await (const page of nobody.listSince!(0)) assert.fail(String(page.length));
  }, /does not tell what it has done/);
  await nobody.close();
});

test("a bank that moved another amount under a reference has not answered about this one; its no holds for any", async () => {
  await send("PAID");
  await send("DECLINED", "sandbox:declined");
  const verdict = async (reference: string, amountMinor: bigint) =>
    (await rail.find!(reference, 0, { amountMinor, currency: "EUR" })).verdict;
  assert.equal(await verdict("PAID", 1_250n), "paid");
  assert.equal(await verdict("PAID", 1_251n), "unanswered");
  assert.equal(await verdict("DECLINED", 1_251n), "declined");
  assert.equal(await verdict("NEVER", 1_251n), "never_received");
});
