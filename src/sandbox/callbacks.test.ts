import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test, type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { aTransfer, get, openBank, post, toAccount } from "./trial.ts";

type Heard = { reference: string; status: string; sequence: number; isSigned: boolean; at: number };

/** A receiver that answers with `statuses` in turn, and then with 200. */
async function listen(t: TestContext, statuses: number[] = []): Promise<{ url: string; heard: Heard[] }> {
  const heard: Heard[] = [];
  const server = createServer((request, response) => {
    let text = "";
    request.on("data", (chunk: Buffer) => (text += chunk.toString()));
    request.on("end", () => {
      const signature = createHmac("sha256", "a secret").update(text).digest("hex");
      const isSigned = request.headers["x-sandbox-signature"] === signature;
      heard.push({ ...(JSON.parse(text) as Heard), isSigned, at: Date.now() });
      response.writeHead(statuses.shift() ?? 200).end();
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close().closeAllConnections());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, heard };
}

async function until(isSo: () => boolean): Promise<void> {
  for (const end = Date.now() + 5000; !isSo(); await sleep(5)) assert.ok(Date.now() < end, "it did not happen");
}

const short = (heard: Heard[]) => heard.map(({ reference, status, isSigned }) => `${reference} ${status} ${isSigned}`);

test("a later outcome is told, signed, with the cursor of its change", async (t) => {
  const { url: callbackUrl, heard } = await listen(t);
  const { url } = await openBank(t, { callbackUrl });
  await post(`${url}/transfers`, aTransfer("A1", { orders: "sandbox:async-paid=10 sandbox:returned=10" }));
  await until(() => heard.length === 2);
  assert.deepEqual(short(heard), ["A1 paid true", "A1 returned true"]);
  const { body } = await get(`${url}/transfers?after=0`);
  assert.deepEqual(
    heard.map(({ sequence }) => sequence),
    (body["changes"] as { cursor: number }[]).slice(1).map(({ cursor }) => cursor),
  );
});

test("callbacks come twice, late or forged where that is asked for", async (t) => {
  const { url: callbackUrl, heard } = await listen(t);
  const bank = await openBank(t);
  bank.setCallbackUrl(callbackUrl);
  await post(`${bank.url}/transfers`, aTransfer("A1", { orders: "sandbox:async-paid=10 sandbox:callback-twice" }));
  await until(() => heard.length === 2);
  assert.deepEqual(short(heard), ["A1 paid true", "A1 paid true"]);

  const start = Date.now();
  await post(
    `${bank.url}/transfers`,
    aTransfer("A2", { orders: "sandbox:async-declined=1 sandbox:callback-late=120" }),
  );
  await until(() => heard.length === 3);
  assert.ok((heard[2]?.at ?? 0) - start >= 120);
  assert.deepEqual(short(heard.slice(2)), ["A2 declined true"]);

  await post(`${bank.url}/transfers`, aTransfer("A3", { orders: "sandbox:async-paid=50 sandbox:callback-forged" }));
  await until(() => heard.length === 5);
  assert.deepEqual(short(heard.slice(3)), ["A3 declined false", "A3 paid true"]);
});

test("a callback that is not taken is tried again; a bank account is credited after half a second", async (t) => {
  const { url: callbackUrl, heard } = await listen(t, [500, 302]);
  const { url } = await openBank(t);
  await post(`${url}/callback-url`, { url: callbackUrl });
  const { body } = await post(`${url}/transfers`, aTransfer("A1", toAccount));
  assert.equal(body["status"], "accepted");
  await until(() => heard.length === 3);
  assert.deepEqual(new Set(short(heard)), new Set(["A1 paid true"]));
});
