import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { test, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { isVerified, verification } from "./dialects/worldline/letter.ts";
import type { Letter } from "./engine/mailbox.ts";
import { endpointOf, lived, noticeOf, paid, secrets, writers } from "./testing/letters.ts";

const script = fileURLToPath(new URL("../examples/webhook-receiver.mjs", import.meta.url));
const environment = {
  FRISBII_WEBHOOK_SECRET: secrets.frisbii,
  WORLDLINE_WEBHOOK_KEYS: `older=x worldline-key=${secrets.worldline}`,
  STANDARD_WEBHOOK_SECRET: `${secrets.standard} whsec_b2xkZXI=`,
};

/** The example in a process of its own, with the next line that it prints. */
async function start(t: TestContext, settings: Readonly<Record<string, string>>) {
  const child = spawn(process.execPath, [script], {
    env: { PATH: process.env["PATH"], PORT: "0", ...settings },
  });
  t.after(() => child.kill());
  const lines: string[] = [];
  const waiting: ((line: string) => void)[] = [];
  let rest = "";
  child.stdout.on("data", (data) => {
    const parts = `${rest}${String(data)}`.split("\n");
    rest = parts.pop()!;
    for (const line of parts) {
      if (waiting.length > 0) waiting.shift()!(line);
      else lines.push(line);
    }
  });
  const line = () =>
    new Promise<string>((resolve) => (lines.length > 0 ? resolve(lines.shift()!) : waiting.push(resolve)));
  const url = (await line()).replace("waiting for webhooks at ", "");
  const send = async ({ headers, body }: Letter) => {
    const { status } = await fetch(url, { method: "POST", headers, body });
    return [status, await line()] as const;
  };
  return { url, send };
}
const refused = [401, "refused: it does not verify"];
const letter = (format: keyof typeof writers, now = Date.now()) =>
  writers[format](endpointOf(format), noticeOf(lived(paid)), now)!;

test("the example of a receiver takes each format once, and refuses what does not verify", async (t) => {
  const { send } = await start(t, environment);
  const says = {
    frisbii: "payout_paid prize-1",
    worldline: "payout.account_credited 000000889700163791788780130305 ACCOUNT_CREDITED",
    standard: "payout.paid prize-1 paid",
  };
  for (const format of ["frisbii", "worldline", "standard"] as const) {
    const good = letter(format);
    const body = good.body.replace(/"(timestamp|status|state)":"./, '"$1":"x');
    assert.notEqual(body, good.body);
    assert.deepEqual(await send({ ...good, body }), refused, `${format}, changed`);
    assert.deepEqual(await send({ ...good, body: "{" }), refused, `${format}, no JSON`);
    assert.deepEqual(await send(good), [204, `${format}: ${says[format]}`]);
    const [status, again] = await send(letter(format));
    assert.equal(status, 204);
    assert.match(again, new RegExp(`^${format} \\S+ again$`));
  }
});

test("the example refuses old letters, other keys, and letters without a signature", async (t) => {
  const { send } = await start(t, environment);
  assert.deepEqual(await send(letter("standard", Date.now() - 400_000)), refused);
  const other = endpointOf("worldline", { signing: [{ id: "other", secret: secrets.worldline, createdAt: 0 }] });
  assert.deepEqual(await send(writers.worldline(other, noticeOf(lived(paid)), 0)!), refused);
  const wrong = endpointOf("frisbii", { signing: [{ id: "1", secret: "webhook_secret_other", createdAt: 0 }] });
  assert.deepEqual(await send(writers.frisbii(wrong, noticeOf(lived(paid)), 0)!), refused);
  for (const format of ["worldline", "standard"] as const)
    assert.deepEqual(await send({ ...letter(format), headers: { "content-type": "application/json" } }), refused);
});

test("the example says the challenge of a verification back", async (t) => {
  const { url } = await start(t, environment);
  const { method, headers } = verification(endpointOf("worldline"), "f00dba11");
  const reply = await fetch(url, { method, headers });
  assert.ok(isVerified("f00dba11", { status: reply.status, body: await reply.text() }));
  assert.equal((await fetch(url)).status, 405);
});

test("without a secret the example believes nothing", async (t) => {
  const without = await start(t, {});
  for (const format of ["frisbii", "worldline", "standard"] as const)
    assert.deepEqual(await without.send(letter(format)), refused);
});
