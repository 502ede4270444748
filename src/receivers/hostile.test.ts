import assert from "node:assert/strict";
import { syncBuiltinESMExports } from "node:module";
import { isIP } from "node:net";
import os from "node:os";
import { test } from "node:test";
import type { buildConnector } from "undici";
import { hostileAddresses, hostileUrls } from "../testing/hostile-urls.ts";
import { RefusedAddress, vettedConnect, type Connect, type Resolve } from "./connect.ts";
import { openReceivers, type Call, type ReceiverSettings } from "./receiver.ts";
import { urlProblem } from "./url.ts";

const publicly = "93.184.216.34";

/** Receivers that connect to nothing, and tell to what they would have. Any name has a public address, or what `resolve` says. */
function recorded(settings: Partial<ReceiverSettings> = {}) {
  const connections: buildConnector.Options[] = [];
  const names: string[] = [];
  const connect: Connect = (options, done) => {
    connections.push(options);
    done(Object.assign(new Error("recorded"), { code: "ECONNREFUSED" }), null);
  };
  const resolve: Resolve = async (name) => {
    names.push(name);
    return (await settings.resolve?.(name)) ?? [publicly];
  };
  const clocks = { monotonic: () => performance.now(), now: () => Date.now() };
  const receivers = openReceivers({ allow: [], ownPorts: () => [], connect, ...clocks, ...settings, resolve });
  const call = (url: string, over: Partial<Call> = {}) =>
    receivers.call({ method: "POST", url, headers: {}, body: "{}", loopback: false, ...over });
  return { receivers, call, connections, names };
}

test("at none of the hostile URLs is anything connected to, nor is a name looked up", async () => {
  const { receivers, call, connections, names } = recorded();
  assert.ok(hostileUrls.length >= 500, `${hostileUrls.length} URLs`);
  assert.equal(new Set(hostileUrls).size, hostileUrls.length);
  const called: string[] = [];
  for (const url of hostileUrls) {
    const { kind, fault } = await call(url);
    if (kind !== "forbidden") called.push(`${JSON.stringify(url)}: ${kind}, ${fault}`);
    else assert.match(fault!, /^(the URL|refused )/);
    assert.equal(urlProblem(url, receivers.rules(false)) ?? null, kind === "forbidden" ? fault : null, url);
  }
  assert.deepEqual(called, []);
  assert.deepEqual(connections, []);
  assert.deepEqual(names, []);
});

test("a name with a hostile address among its addresses is not connected to", async () => {
  for (const address of hostileAddresses) {
    for (const addresses of [
      [address],
      [publicly, address],
      [address, publicly],
      [publicly, "2606:4700::1111", address],
    ]) {
      const { call, connections } = recorded({ resolve: async () => addresses });
      const outcome = await call("https://shop.example/hook");
      assert.equal(outcome.kind, "forbidden", `${addresses.join(", ")}: ${outcome.fault}`);
      assert.deepEqual(connections, [], addresses.join(", "));
    }
  }
});

test("an address in the URL is vetted once more by what connects", async () => {
  const { receivers, connections } = recorded();
  const connect = vettedConnect(
    () => receivers.rules(false),
    () => assert.fail("an address is not looked up"),
    (options) => void connections.push(options),
  );
  const literal = hostileAddresses.filter((address) => isIP(address) !== 0);
  assert.ok(literal.length > 80);
  for (const hostname of literal) {
    const error = await new Promise((resolve) => {
      connect({ hostname, protocol: "https:", port: "" }, (...[error]) => resolve(error));
    });
    assert.ok(error instanceof RefusedAddress, hostname);
  }
  assert.deepEqual(connections, []);
});

test("a public receiver is connected to at its vetted address, with its own name for TLS", async () => {
  const name = async () => ["2606:4700:4700::1111", publicly];
  for (const [url, address, port, servername] of [
    ["https://shop.example/hook", publicly, "", "shop.example"],
    ["http://shop.example/hook?a=%20b", publicly, "", "shop.example"],
    ["HTTPS://Shop.Example:8443", publicly, "8443", "shop.example"],
    ["https://shop.example./", publicly, "", "shop.example"],
    ["https://bücher.example/", publicly, "", "xn--bcher-kva.example"],
    ["https://a_b.shop-1.example/", publicly, "", "a_b.shop-1.example"],
    ["https://internal.example/", publicly, "", "internal.example"],
    ["https://localhost.example/", publicly, "", "localhost.example"],
    ["https://9.9.9.9/", "9.9.9.9", "", null],
    ["http://9.9.9.9:81/", "9.9.9.9", "81", null],
    ["http://172.32.0.1/", "172.32.0.1", "", null],
    ["http://100.128.0.1/", "100.128.0.1", "", null],
    ["http://192.0.1.1/", "192.0.1.1", "", null],
    ["http://198.20.0.1/", "198.20.0.1", "", null],
    ["http://223.255.255.255/", "223.255.255.255", "", null],
    ["https://[2606:4700:4700::1111]/", "2606:4700:4700::1111", "", null],
    ["https://[2001:200::1]:444/", "2001:200::1", "444", null],
    ["https://[2A00:0:0:0:0:0:0:1]/", "2a00::1", "", null],
    ["https://[64:ff9b::8.8.8.8]/", "64:ff9b::808:808", "", null],
  ] as const) {
    const { call, connections } = recorded({ resolve: name });
    const outcome = await call(url);
    assert.deepEqual([outcome.kind, outcome.fault], ["unreachable", "connection refused"], url);
    const [first] = connections;
    assert.deepEqual([first?.hostname, first?.port, first?.servername ?? null], [address, port, servername], url);
    const tried = connections.map(({ hostname }) => hostname);
    assert.deepEqual(tried, servername === null ? [address] : [publicly, "2606:4700:4700::1111"], url);
  }
});

test("a name that turns private between two calls is refused the second time", async () => {
  const answers = [[publicly], ["127.0.0.1"], ["169.254.169.254", publicly]];
  const { call, connections, names } = recorded({ resolve: async () => answers[names.length - 1] ?? [] });
  assert.equal((await call("https://rebinding.example/")).kind, "unreachable");
  assert.equal(connections.length, 1);
  const second = await call("https://rebinding.example/");
  assert.deepEqual([second.kind, second.fault], ["forbidden", "refused address 127.0.0.1: loopback"]);
  assert.equal((await call("https://rebinding.example/")).kind, "forbidden");
  assert.equal(connections.length, 1);
  assert.equal(names.length, 3); // once for each connection
});

test("an allowed network is reached, and nothing beside it", async () => {
  const allow = ["10.20.0.0/16", "fd12::/16", "192.168.1.9"];
  for (const [address, kind] of [
    ["10.20.255.1", "unreachable"],
    ["fd12:3::4", "unreachable"],
    ["192.168.1.9", "unreachable"],
    ["10.21.0.1", "forbidden"],
    ["192.168.1.8", "forbidden"],
    ["fd13::1", "forbidden"],
    ["::ffff:10.20.0.1", "forbidden"],
    ["64:ff9b::10.20.0.1", "forbidden"],
    ["127.0.0.1", "forbidden"],
  ] as const) {
    const { call } = recorded({ allow, resolve: async () => [address] });
    assert.equal((await call("http://hooks.corp.internal/")).kind, kind, address);
  }
  const everything = recorded({ allow: ["0.0.0.0/0", "::/0"] });
  for (const host of ["127.0.0.1", "[::1]", "0.0.0.0", "[::]", "[::ffff:127.0.0.1]", "[::7f00:1]", "localhost"]) {
    assert.equal((await everything.call(`http://${host}/`)).kind, "forbidden", host);
  }
  assert.equal((await everything.call("http://metadata.google.internal/")).kind, "forbidden");
  assert.equal((await everything.call("http://10.0.0.1/")).kind, "unreachable");
  assert.equal(everything.connections.length, 1);
});

test("only the demo merchant is called on loopback, by its plain names and addresses", async () => {
  const { call, connections } = recorded();
  for (const url of [
    "http://127.0.0.1:3000/",
    "http://[::1]:3000/",
    "http://localhost:3000/",
    "http://a.localhost:3000/",
  ]) {
    assert.equal((await call(url)).kind, "forbidden", url);
    assert.equal(connections.length, 0);
    assert.equal((await call(url, { loopback: true })).fault, "connection refused", url);
    assert.ok(connections.splice(0).every(({ hostname }) => ["127.0.0.1", "::1"].includes(hostname)));
  }
  for (const url of ["http://2130706433/", "http://0.0.0.0/", "http://[::ffff:127.0.0.1]/", "http://10.0.0.1/"]) {
    assert.equal((await call(url, { loopback: true })).kind, "forbidden", url);
  }
  assert.equal(connections.length, 0);
});

test("Disburse's own ports are never called: not on loopback, not in an allowed network, but elsewhere", async () => {
  const ports = [8080, 443];
  const { call, connections } = recorded({ allow: ["10.0.0.0/8"], ownPorts: () => ports });
  for (const host of ["127.0.0.1:8080", "localhost:8080", "[::1]:8080", "10.1.1.1:8080"]) {
    const outcome = await call(`http://${host}/`, { loopback: true });
    assert.equal(outcome.kind, "forbidden", host);
    assert.match(outcome.fault!, /a port of this server/);
  }
  assert.equal((await call("https://127.0.0.1/", { loopback: true })).kind, "forbidden");
  assert.deepEqual(connections, []);
  assert.equal((await call("http://127.0.0.1:8081/", { loopback: true })).kind, "unreachable");
  assert.equal((await call("https://shop.example/")).kind, "unreachable");
  assert.equal(connections.length, 2);
  ports.push(8081);
  assert.equal((await call("http://127.0.0.1:8081/", { loopback: true })).kind, "forbidden");
});

test("Disburse's own ports are not called at this machine's public address either", async (t) => {
  const own = { eth0: [{ address: "2A00:0::1" }, { address: publicly }] } as unknown as ReturnType<
    typeof os.networkInterfaces
  >;
  t.mock.method(os, "networkInterfaces", () => own);
  syncBuiltinESMExports();
  t.after(() => {
    t.mock.restoreAll();
    syncBuiltinESMExports();
  });
  const { call, connections } = recorded({ ownPorts: () => [8080] });
  for (const host of [publicly, "[2a00::1]", "shop.example"]) {
    assert.match((await call(`http://${host}:8080/`)).fault!, /a port of this server/, host);
  }
  assert.deepEqual(connections, []);
  assert.equal((await call(`http://${publicly}:8081/`)).kind, "unreachable");
  assert.equal((await call("http://9.9.9.9:8080/")).kind, "unreachable");
});
