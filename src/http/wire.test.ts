import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type AddressInfo } from "node:net";
import { after, before, test } from "node:test";
import { openToy } from "./trial.ts";

// What only a socket shows.
const toy = openToy();
let port = 0;
before(async () => {
  await toy.app.listen({ host: "127.0.0.1", port: 0 });
  port = (toy.app.server.address() as AddressInfo).port;
});
after(() => toy.app.close());

async function exchange(text: string): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  let answer = "";
  socket.on("data", (chunk) => (answer += chunk.toString("latin1")));
  socket.on("error", () => {});
  socket.write(text);
  await once(socket, "close");
  return answer;
}
const head = "Host: x\r\nAuthorization: key\r\n";

test("a request in many pieces is one request, and a whole URL is its path", async () => {
  const answer = await exchange(
    `GET http://disburse.example//v1/things/a?b=1 HTTP/1.1\r\n${head}Connection: close\r\n\r\n`,
  );
  assert.match(answer, /^HTTP\/1\.1 200 OK\r\n/);
  assert.match(answer, /"path":"\/v1\/things\/a"/);
});

test("requests sent without waiting are answered in order", async () => {
  const get = (name: string, close: boolean) =>
    `GET /v1/things/${name} HTTP/1.1\r\n${head}${close ? "Connection: close\r\n" : ""}\r\n`;
  const answer = await exchange(["a", "b", "c"].map((name) => get(name, name === "c")).join(""));
  assert.deepEqual(
    [...answer.matchAll(/"name":"(\w)"/g)].map(([, name]) => name),
    ["a", "b", "c"],
  );
});

test("what is not HTTP is refused with a bare status, and the connection closed", async () => {
  for (const [text, status] of [
    ["\x16\x03\x01\x02\x00", 400],
    ["GET /v1/things/a HTTP/1.1\r\n\r\n", 400], // no Host
    [`GET /v1/things/a HTTP/1.1\r\nHost: x\r\nX: ${"y".repeat(20_000)}\r\n\r\n`, 431],
    [`POST /v1/things HTTP/1.1\r\n${head}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}`, 400], // smuggling
  ] as const) {
    const answer = await exchange(text);
    assert.match(answer, new RegExp(`^HTTP/1\\.1 ${status} `), text.slice(0, 40));
    assert.ok(!answer.includes("Fastify") && !answer.includes("    at "));
  }
});

test("a body in chunks that grows too large is cut off", async () => {
  const chunk = `10000\r\n${"x".repeat(0x10000)}\r\n`;
  const answer = await exchange(
    `POST /v1/things HTTP/1.1\r\n${head}Transfer-Encoding: chunked\r\n\r\n${chunk.repeat(6)}0\r\n\r\n`,
  );
  assert.match(answer, /^HTTP\/1\.1 413 /);
  assert.match(answer, /too_large/);
});
