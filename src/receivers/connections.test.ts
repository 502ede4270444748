import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test, type TestContext } from "node:test";
import { buildConnector } from "undici";
import { openConnections, type ConnectionSettings } from "./connections.ts";
import { exchange, isWhole } from "./exchange.ts";

/** A receiver, and a way to call it as that many origins. */
async function receivers(t: TestContext, settings: Partial<ConnectionSettings> = {}) {
  const server = createServer((_, response) => response.end());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const open = () => new Promise<number>((resolve) => server.getConnections((_, count) => resolve(count)));
  const connect = buildConnector({});
  const connections = openConnections({
    connect: () => (options, done) => connect({ ...options, hostname: "127.0.0.1", port: String(port) }, done),
    monotonic: () => performance.now(),
    ...settings,
  });
  t.after(async () => {
    await connections.close();
    server.close();
  });
  const call = async (origin: string) => {
    const lent = connections.lend(origin, false);
    const heard = await exchange(lent.client, { method: "GET", path: "/", headers: {} }, 5_000);
    assert.equal(heard.status, 200);
    lent.giveBack(isWhole(heard));
    return lent.client;
  };
  const settled = async (count: number) => {
    while ((await open()) !== count) await new Promise(setImmediate);
  };
  return { connections, call, open, settled };
}

test("only so many connections are kept, those that were used last", async (t) => {
  const { connections, call, settled } = await receivers(t, { most: 3 });
  const clients = [];
  for (let at = 0; at < 10; at++) clients.push(await call(`http://shop-${at}.example`));
  assert.deepEqual(connections.count, { kept: 3, lent: 0 });
  await settled(3);
  assert.equal(await call("http://shop-8.example"), clients[8]);
  assert.notEqual(await call("http://shop-6.example"), clients[6]);
  assert.equal(await call("http://shop-8.example"), clients[8]);
  await settled(3);
});

test("a connection without calls is closed soon", async (t) => {
  let now = 0;
  const { connections, call, settled } = await receivers(t, { idleMs: 20, monotonic: () => now });
  await Promise.all([call("http://a.example"), call("http://a.example"), call("http://b.example")]);
  assert.deepEqual(connections.count, { kept: 3, lent: 0 });
  now = 20;
  await settled(0);
  assert.deepEqual(connections.count, { kept: 0, lent: 0 });
  await call("http://a.example"); // and another is made
});

test("an old connection is not used any more, so that its name is looked up again", async (t) => {
  let now = 0;
  const { call } = await receivers(t, { mostAgeMs: 60_000, monotonic: () => now });
  const first = await call("http://a.example");
  now = 59_000;
  assert.equal(await call("http://a.example"), first);
  now = 60_000;
  assert.equal(await call("http://a.example"), first);
  assert.notEqual(await call("http://a.example"), first);
});

test("what was not read to its end is not used again, and nothing is kept of it", async (t) => {
  const { connections, settled } = await receivers(t);
  const lent = connections.lend("http://a.example", false);
  await exchange(lent.client, { method: "GET", path: "/", headers: {} }, 5_000);
  lent.giveBack(false);
  assert.notEqual(connections.lend("http://a.example", false).client, lent.client);
  assert.deepEqual(connections.count, { kept: 0, lent: 1 });
  await settled(0);
});

test("one call's connection is not another's, and loopback's is nobody's outside", async (t) => {
  const { connections } = await receivers(t);
  const first = connections.lend("http://a.example", true);
  assert.notEqual(connections.lend("http://a.example", true).client, first.client);
  first.giveBack(true);
  assert.notEqual(connections.lend("http://a.example", false).client, first.client);
  assert.equal(connections.lend("http://a.example", true).client, first.client);
});
