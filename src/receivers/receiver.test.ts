import assert from "node:assert/strict";
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import { createServer as createTcpServer, type AddressInfo, type Server, type Socket } from "node:net";
import { test, type TestContext } from "node:test";
import { gzipSync } from "node:zlib";
import { buildConnector } from "undici";
import { openReceivers, type Call, type ReceiverSettings } from "./receiver.ts";

async function listening(t: TestContext, server: Server) {
  const sockets = new Set<Socket>();
  let connections = 0;
  server.on("connection", (socket: Socket) => {
    connections++;
    sockets.add(socket);
    socket.on("error", () => {}).on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { port, url: `http://127.0.0.1:${port}/hook`, connections: () => connections, sockets };
}

/** A receiver on this machine that answers as `answer` says. */
const receiver = (t: TestContext, answer: RequestListener) => listening(t, createServer(answer));

/** A receiver that answers every connection with these bytes, whatever it was asked. */
const speaking = (t: TestContext, say: (socket: Socket) => void) =>
  listening(
    t,
    createTcpServer((socket) => socket.once("data", () => say(socket))),
  );

function caller(t: TestContext, settings: Partial<ReceiverSettings> = {}) {
  const receivers = openReceivers({
    allow: [],
    ownPorts: () => [],
    resolve: () => assert.fail("no name is looked up"),
    monotonic: () => performance.now(),
    now: () => Date.now(),
    ...settings,
  });
  t.after(() => receivers.close());
  const call = (url: string, over: Partial<Call> = {}) =>
    receivers.call({ method: "POST", url, headers: {}, body: "{}", loopback: true, ...over });
  return { receivers, call };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

test("what is sent arrives, and what is answered is kept", async (t) => {
  const seen: unknown[] = [];
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const { host, "x-key": key, "accept-encoding": encoding, "user-agent": agent } = request.headers;
    seen.push([request.method, request.url, await bodyOf(request), host, key, encoding, agent]);
    response
      .writeHead(201, { "content-type": "text/plain", "set-cookie": "a=b", server: "Shop" })
      .end("card 4111111111111111");
  };
  const { url, port } = await receiver(t, (...both) => void answer(...both));
  const { call } = caller(t);
  const headers = { "X-Key": "k" };
  const outcome = await call(`${url}?a=1`, { headers, body: '{"id":"ø"}' });
  assert.deepEqual(
    { ...outcome, durationMs: 0 },
    {
      status: 201,
      fault: null,
      kind: "answered",
      durationMs: 0,
      headers: { "content-type": "text/plain", server: "Shop" },
      body: "card [card ending 1111]",
      retryAfterMs: null,
    },
  );
  await call(url, { method: "GET", body: undefined });
  assert.deepEqual(seen, [
    ["POST", "/hook?a=1", '{"id":"ø"}', `127.0.0.1:${port}`, "k", "identity", "Disburse"],
    ["GET", "/hook", "", `127.0.0.1:${port}`, undefined, "identity", "Disburse"],
  ]);
});

test("two calls use one connection, and many at once their own", async (t) => {
  const { url, connections } = await receiver(
    t,
    (request, response) => void request.resume().on("end", () => response.end()),
  );
  const { call } = caller(t);
  await call(url);
  await call(url);
  assert.equal(connections(), 1);
  await Promise.all(Array.from({ length: 5 }, () => call(url)));
  assert.ok(connections() <= 5, `${connections()} connections`);
});

test("redirects are answers, and are not followed", async (t) => {
  const paths: string[] = [];
  const { url } = await receiver(t, (request, response) => {
    paths.push(request.url!);
    response.writeHead(Number(new URL(request.url!, url).searchParams.get("as")), { location: "/elsewhere" }).end();
  });
  const { call } = caller(t);
  for (const status of [300, 301, 302, 303, 304, 307, 308]) {
    const { kind, status: told, fault, headers } = await call(`${url}?as=${status}`);
    assert.deepEqual([kind, told, fault], ["answered", status, "redirects are not followed"]);
    assert.equal(headers.location, "/elsewhere");
  }
  assert.equal(paths.length, 7);
});

test("other statuses are answers too, and a busy receiver's wish is told", async (t) => {
  const { url } = await receiver(t, (request, response) => {
    const asked = new URL(request.url!, url).searchParams;
    response.writeHead(Number(asked.get("as")), { "retry-after": asked.get("after") ?? "" }).end();
  });
  const { call } = caller(t, { now: () => Date.parse("2026-01-01T00:00:00Z") });
  for (const [status, after, ms] of [
    [410, "", null],
    [500, "7", null],
    [429, "7", 7_000],
    [503, "Thu, 01 Jan 2026 00:00:30 GMT", 30_000],
  ] as const) {
    const outcome = await call(`${url}?as=${status}&after=${encodeURIComponent(after)}`);
    assert.deepEqual(
      [outcome.kind, outcome.status, outcome.fault, outcome.retryAfterMs],
      ["answered", status, null, ms],
    );
  }
});

test("a receiver that says nothing, half its headers, half its body or one byte at a time is given up in time", async (t) => {
  const drip = (socket: Socket, before: string, drop: string) => {
    socket.write(before);
    const timer = setInterval(() => socket.write(drop), 10);
    socket.on("close", () => clearInterval(timer));
  };
  const whole = "HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n";
  const slow: Record<string, [(socket: Socket) => void, RegExp]> = {
    nothing: [() => {}, /^no answer within 1 s$/],
    "half its headers": [(socket) => socket.write("HTTP/1.1 200 OK\r\ncontent-"), /^no answer within 1 s$/],
    "half its body": [(socket) => socket.write(`${whole}half`), /^HTTP 200, but its body did not end: 1 s were over$/],
    "headers by the byte": [(socket) => drip(socket, "HTTP/1.1 200 OK\r\nx: ", "y"), /^no answer within 1 s$/],
    "its body by the byte": [(socket) => drip(socket, whole, "y"), /^HTTP 200, but its body did not end/],
    "interim answers": [
      (socket) => drip(socket, "", "HTTP/1.1 103 Early Hints\r\n\r\n"),
      /^it sends interim answers without end$/,
    ],
  };
  const { call } = caller(t, { totalMs: 1_000 });
  const giveUp = async ([what, [say, fault]]: (typeof cases)[number]) => {
    const { url, sockets } = await speaking(t, say);
    const startedAt = performance.now();
    const outcome = await call(url);
    assert.deepEqual([outcome.kind, outcome.status], ["unreachable", null], what);
    assert.match(outcome.fault!, fault, what);
    assert.ok(outcome.durationMs < 5_000 && performance.now() - startedAt < 5_000, what);
    for (const socket of sockets) await new Promise((resolve) => socket.once("close", resolve)); // the connection was dropped
  };
  const cases = Object.entries(slow);
  await Promise.all(cases.map(giveUp));
});

test("looking the name up counts too, and nothing is sent after the time", async (t) => {
  let requests = 0;
  const { port, sockets, connections } = await receiver(t, (_, response) => response.end(void requests++));
  let tell!: (addresses: string[]) => void;
  const overLoopback = buildConnector({});
  const { call } = caller(t, {
    totalMs: 50,
    resolve: () => new Promise<string[]>((found) => (tell = found)),
    connect: (options, done) => overLoopback({ ...options, hostname: "127.0.0.1" }, done),
  });
  const { kind, fault } = await call(`http://shop.example:${port}/`);
  assert.deepEqual([kind, fault], ["unreachable", "no answer within 0.05 s"]);
  tell(["9.9.9.9"]);
  while (connections() === 0 || sockets.size > 0) await new Promise(setImmediate); // it connects, and hangs up
  assert.equal(requests, 0);
});

test("of a body without end 64 kB are read, and the connection is dropped", async (t) => {
  let sent = 0;
  const piece = Buffer.alloc(64 * 1024, "x");
  const { url, sockets } = await receiver(t, (_, response) => {
    const more = () => {
      while (sent < 10 * 1024 * 1024 && !response.destroyed) {
        sent += piece.length;
        if (!response.write(piece)) return void response.once("drain", more);
      }
      response.end();
    };
    more();
  });
  const { call } = caller(t);
  const outcome = await call(url);
  assert.deepEqual([outcome.kind, outcome.status, outcome.fault], ["answered", 200, null]);
  assert.ok(outcome.body.length <= 64 * 1024 && outcome.body.length > 60_000, `${outcome.body.length}`);
  for (const socket of sockets) await new Promise((resolve) => socket.once("close", resolve));
  assert.ok(sent < 10 * 1024 * 1024, `${sent} bytes sent`);
});

test("what is packed is not unpacked", async (t) => {
  const bomb = gzipSync(Buffer.alloc(20 * 1024 * 1024));
  const { url } = await receiver(t, (_, response) => {
    response.writeHead(200, { "content-encoding": "gzip", "content-length": bomb.length }).end(bomb);
  });
  const { call } = caller(t);
  const outcome = await call(url);
  assert.deepEqual([outcome.kind, outcome.status], ["answered", 200]);
  assert.ok(outcome.body.length <= bomb.length);
});

test("answers that are not HTTP, too long in their headers, or broken off are faults in plain words", async (t) => {
  const faults: Record<string, [(socket: Socket) => void, string]> = {
    "not HTTP": [(socket) => socket.end("220 mail.example ESMTP\r\n"), "it does not speak HTTP"],
    "two lengths": [
      (socket) => socket.write("HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab"),
      "its answer is not as long as it says",
    ],
    "long headers": [
      (socket) => socket.write(`HTTP/1.1 200 OK\r\n${`x-flood: ${"y".repeat(1_000)}\r\n`.repeat(64)}\r\n`),
      "the headers of its answer are too long",
    ],
    "many headers": [
      (socket) => socket.write(`HTTP/1.1 200 OK\r\n${"a: b\r\n".repeat(20_000)}\r\n`),
      "the headers of its answer are too long",
    ],
    "interim answers": [
      (socket) => socket.write("HTTP/1.1 103 Early Hints\r\n\r\n".repeat(100)),
      "it sends interim answers without end",
    ],
    "an upgrade": [
      (socket) => socket.write("HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n"),
      "the connection was broken off",
    ],
    "broken off": [(socket) => socket.destroy(), "the connection was broken off"],
    "broken off later": [
      (socket) => socket.end("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf"),
      "HTTP 200, but its body did not end: the connection was broken off",
    ],
  };
  const { call } = caller(t);
  for (const [what, [say, fault]] of Object.entries(faults)) {
    const { url } = await speaking(t, say);
    const outcome = await call(url);
    assert.deepEqual([outcome.kind, outcome.status, outcome.fault], ["unreachable", null, fault], what);
  }
});

test("a port where nobody listens, and headers that cannot be sent", async (t) => {
  const server = createTcpServer();
  const { port } = await listening(t, server);
  await new Promise((resolve) => server.close(resolve));
  const { call } = caller(t);
  const outcome = await call(`http://127.0.0.1:${port}/`);
  assert.deepEqual([outcome.kind, outcome.fault], ["unreachable", "connection refused"]);
  const injected = await call(`http://127.0.0.1:${port}/`, { headers: { "x-key": "a\r\nhost: evil.example" } });
  assert.deepEqual([injected.kind, injected.fault], ["forbidden", "the value of the header x-key cannot be sent"]);
});

test("the server's own port is not called, though the demo merchant asks", async (t) => {
  const { url, port, connections } = await receiver(t, (_, response) => response.end());
  const { call } = caller(t, { ownPorts: () => [port] });
  const outcome = await call(url);
  assert.deepEqual([outcome.kind, outcome.fault], ["forbidden", "refused address 127.0.0.1: a port of this server"]);
  assert.equal(connections(), 0);
});

test("a connection made for the demo merchant on loopback is nobody else's", async (t) => {
  const { url, connections } = await receiver(t, (_, response) => response.end());
  const { call } = caller(t);
  assert.equal((await call(url)).status, 200);
  assert.equal((await call(url, { loopback: false })).kind, "forbidden");
  assert.equal((await call(url.replace("127.0.0.1", "localhost"), { loopback: false })).kind, "forbidden");
  assert.equal(connections(), 1);
});

test("closing breaks off what is under way, and later calls are not begun", async (t) => {
  const { url, connections } = await receiver(t, () => void receivers.close());
  const { receivers, call } = caller(t);
  const broken = { kind: "unreachable", fault: "the call was broken off here" };
  const { kind, fault } = await call(url);
  assert.deepEqual({ kind, fault }, broken);
  const later = await call(url);
  assert.deepEqual({ kind: later.kind, fault: later.fault }, broken);
  assert.equal(connections(), 1);
});
