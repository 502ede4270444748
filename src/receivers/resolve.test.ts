import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { test, type TestContext } from "node:test";
import { nameServers } from "./resolve.ts";

const kinds = { a: 1, aaaa: 28 };

/** A name server that knows the addresses of some names (as bytes), and of all others that they do not exist. */
async function nameServer(t: TestContext, known: Record<string, { a?: number[][]; aaaa?: number[][] }>) {
  const socket = createSocket("udp4");
  const asked: string[] = [];
  socket.on("message", (query, from) => {
    const labels: string[] = [];
    let at = 12;
    for (; query[at] !== 0; at += query[at]! + 1) labels.push(query.toString("latin1", at + 1, at + 1 + query[at]!));
    const question = query.subarray(12, at + 5);
    const kind = query.readUInt16BE(at + 1);
    const name = labels.join(".").toLowerCase();
    asked.push(name);
    const found = (kind === kinds.a ? known[name]?.a : known[name]?.aaaa) ?? [];
    const header = Buffer.from([
      query[0]!,
      query[1]!,
      0x81,
      known[name] ? 0x80 : 0x83,
      0,
      1,
      0,
      found.length,
      0,
      0,
      0,
      0,
    ]);
    const records = found.map((address) =>
      Buffer.from([0xc0, 12, 0, kind, 0, 1, 0, 0, 0, 0, 0, address.length, ...address]),
    );
    socket.send(Buffer.concat([header, question, ...records]), from.port, from.address);
  });
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  t.after(() => void socket.close());
  return { servers: [`127.0.0.1:${socket.address().port}`], asked };
}

test("a name has the addresses of both families, or fails with a code", async (t) => {
  const loopback = [...Array<number>(15).fill(0), 1];
  const { servers, asked } = await nameServer(t, {
    "shop.example": { a: [[9, 9, 9, 9], [10, 0, 0, 1]], aaaa: [loopback] }, // prettier-ignore
    "old.example": { a: [[9, 9, 9, 9]] },
    "empty.example": {},
  });
  const resolve = nameServers({ hosts: false, servers });
  assert.deepEqual(await resolve("shop.example"), ["9.9.9.9", "10.0.0.1", "::1"]);
  assert.deepEqual(await resolve("old.example"), ["9.9.9.9"]);
  await assert.rejects(resolve("empty.example"), { code: "ENODATA" });
  await assert.rejects(resolve("none.example"), { code: "ENOTFOUND" });
  await assert.rejects(resolve("localhost.example"), { code: "ENOTFOUND" });
  assert.equal(asked.filter((name) => name === "shop.example").length, 2); // one question for each family
});

test("what the name servers do not know is asked of the system only where private networks are allowed", async (t) => {
  const { servers } = await nameServer(t, {});
  await assert.rejects(nameServers({ hosts: false, servers })("localhost"), { code: "ENOTFOUND" });
  const found = await nameServers({ hosts: true, servers })("localhost");
  assert.ok(found.includes("127.0.0.1") || found.includes("::1"), String(found));
});
