import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer as createHttpsServer } from "node:https";
import { createServer as createTcpServer, type AddressInfo, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import type { TLSSocket } from "node:tls";
import { buildConnector } from "undici";
import type { Connect } from "./connect.ts";
import { openReceivers } from "./receiver.ts";

/** A certificate for shop.example that vouches for itself; undefined where there is no openssl to make one. */
function certificate() {
  const folder = mkdtempSync(join(tmpdir(), "disburse-tls-"));
  const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  const subject = ["-subj", "/CN=shop.example", "-addext", "subjectAltName=DNS:shop.example"];
  const kind = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];
  const made = spawnSync("openssl", ["req", ...kind, ...subject, "-keyout", key, "-out", cert]);
  const read = made.status === 0 ? { key: readFileSync(key), cert: readFileSync(cert) } : undefined;
  rmSync(folder, { recursive: true });
  return read;
}
const own = certificate();
const options = { skip: own === undefined ? "there is no openssl to make a certificate with" : false };

async function listening(t: TestContext, server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => void server.close());
  return (server.address() as AddressInfo).port;
}

/** Calls over TLS. `connect`: how, if not as usual. Names are found at 9.9.9.9. */
function caller(t: TestContext, connect?: Connect) {
  const receivers = openReceivers({
    allow: [],
    ownPorts: () => [],
    resolve: async () => ["9.9.9.9"],
    ...(connect && { connect }),
    totalMs: 5_000,
    monotonic: () => performance.now(),
    now: () => Date.now(),
  });
  t.after(() => receivers.close());
  return (url: string) => receivers.call({ method: "POST", url, headers: {}, body: "{}", loopback: true });
}

/** TLS that trusts the test's certificate, and finds 9.9.9.9 on this machine. */
function trusting(hostnames: string[]): Connect {
  const connect = buildConnector({ ca: own!.cert, maxCachedSessions: 0 });
  return (options, done) => {
    hostnames.push(options.hostname);
    connect({ ...options, hostname: "127.0.0.1" }, done);
  };
}

function shop(seen: unknown[]) {
  const server = createHttpsServer(own!, (request, response) => {
    seen.push([(request.socket as TLSSocket & { servername: string }).servername, request.headers.host]);
    response.end("taken");
  });
  return server.on("tlsClientError", () => {});
}

test("a certificate that vouches for itself is refused before anything is sent", options, async (t) => {
  const seen: unknown[] = [];
  const port = await listening(t, shop(seen));
  const { kind, fault } = await caller(t)(`https://127.0.0.1:${port}/`);
  assert.deepEqual([kind, fault], ["unreachable", "its certificate is signed by itself"]);
  assert.deepEqual(seen, []);
});

test("TLS is spoken to the vetted address in the URL's name", options, async (t) => {
  const seen: unknown[] = [];
  const hostnames: string[] = [];
  const port = await listening(t, shop(seen));
  const call = caller(t, trusting(hostnames));
  for (const host of ["shop.example", "SHOP.example", "shop.example."]) {
    const { status, fault, body } = await call(`https://${host}:${port}/`);
    assert.deepEqual([status, fault, body], [200, null, "taken"], host);
  }
  assert.deepEqual(seen, [
    ["shop.example", `shop.example:${port}`],
    ["shop.example", `shop.example:${port}`],
    ["shop.example", `shop.example.:${port}`],
  ]);
  assert.deepEqual(hostnames, ["9.9.9.9", "9.9.9.9"]); // shop.example's connection was used twice
});

test("a certificate for another name is refused, the second time too", options, async (t) => {
  const seen: unknown[] = [];
  const port = await listening(t, shop(seen));
  const call = caller(t, trusting([]));
  for (const host of ["other.example", "other.example", "9.9.9.9"]) {
    const { kind, fault } = await call(`https://${host}:${port}/`);
    assert.deepEqual([kind, fault], ["unreachable", "its certificate is for another name"], host);
  }
  assert.deepEqual(seen, []);
});

test("a receiver that speaks no TLS is told so", async (t) => {
  const server = createTcpServer((socket) => socket.on("error", () => {}).end("HTTP/1.1 400 Bad Request\r\n\r\n"));
  const port = await listening(t, server);
  const { kind, fault } = await caller(t)(`https://127.0.0.1:${port}/`);
  assert.deepEqual([kind, fault], ["unreachable", "it does not speak TLS as expected"]);
});
