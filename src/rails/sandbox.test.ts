import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import type { Instruction } from "./rail.ts";
import { openSandboxRail } from "./sandbox.ts";

const instruction = (reference: string): Instruction => ({
  reference,
  send: 1,
  amountMinor: 100n,
  currency: "EUR",
  destination: { kind: "card", number: "4111111111111111", expMonth: 12, expYear: 2039 },
  handle: reference,
  statementText: null,
  merchantReference: null,
  text: null,
  amountTable: false,
});

test("a send that waited for a connection until its deadline had passed is not sent", async (t) => {
  const heard: string[] = [];
  const waiting: ServerResponse[] = [];
  const server = createServer(async (request, response) => {
    let text = "";
    for await (const chunk of request) text += String(chunk);
    heard.push((JSON.parse(text) as { reference: string }).reference);
    waiting.push(response);
    server.emit("heard");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const rail = openSandboxRail(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  t.after(async () => {
    server.closeAllConnections();
    server.close();
    await rail.close();
  });

  const first = Array.from({ length: rail.rules.concurrency }, (_, n) => rail.send(instruction(`A${n}`), () => {}));
  while (heard.length < first.length) await once(server, "heard");
  let asked = 0;
  const late = rail.send(instruction("LATE"), () => {
    asked += 1;
    if (asked > 1) throw new Error("the deadline of this send has passed"); // it had not, when the rail was asked
  });
  const inTime = rail.send(instruction("INTIME"), () => {});
  for (const response of waiting.splice(0)) response.end("{}");
  while (!heard.includes("INTIME")) await once(server, "heard");
  for (const response of waiting.splice(0)) response.end("{}");
  assert.equal((await late).verdict, "unanswered");
  assert.deepEqual([asked, heard.includes("LATE")], [2, false]);
  await Promise.all([...first, inTime]);
});
