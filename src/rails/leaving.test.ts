import assert from "node:assert/strict";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { test, type TestContext } from "node:test";
import { buildConnector } from "undici";
import { overHttp, sandboxRail } from "./sandbox.ts";
import { anInstruction } from "./trial.ts";

const instruction = anInstruction("R", { amountMinor: 100n });
const paid = JSON.stringify({ reference: "R", status: "paid", amount_minor: 100, currency: "EUR", bank_id: "B1" });

/** A bank that keeps what it was sent, and answers as `handle` says. */
async function bank(t: TestContext, handle: (request: IncomingMessage, response: ServerResponse) => void) {
  const received: string[] = [];
  let bytes = 0;
  const server = createServer((request, response) => {
    received.push(request.url ?? "");
    handle(request, response);
  });
  server.on("connection", (socket) => socket.on("data", (chunk: Buffer) => (bytes += chunk.length)));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, received, bytes: () => bytes };
}

/** Lets connections be made only when `open` is called. */
function slowConnections() {
  const connect = buildConnector({});
  const waiting: (() => void)[] = [];
  const connector: buildConnector.connector = (options, done) => void waiting.push(() => connect(options, done));
  return { connector, open: () => waiting.splice(0).forEach((go) => go()), waiting };
}

const tooLate = () => {
  throw new Error("the deadline has passed");
};
const until = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
};

test("the deadline is looked at when the connection is there, not before: past it, not a byte is written", async (t) => {
  const { url, received, bytes } = await bank(t, (_, response) => response.end(paid));
  const { connector, open, waiting } = slowConnections();
  const rail = sandboxRail(overHttp(url, { connect: connector }));
  t.after(() => rail.close());
  let passed = false;
  let asked = 0;
  const left = () => {
    asked += 1;
    if (passed) tooLate();
  };
  const slow = rail.send(instruction, left);
  await until(() => waiting.length > 0);
  assert.equal(asked, 0, "nothing has left while there is no connection");
  passed = true;
  open();
  assert.deepEqual([(await slow).verdict, asked, received, bytes()], ["unsent", 1, [], 0]);
  passed = false;
  assert.equal((await rail.send(instruction, left)).verdict, "paid", "the connection is as good as before");
  assert.deepEqual(received, ["/transfers"]);
});

test("a send that waits for a connection in use leaves when it is free, or not at all once its time is up", async (t) => {
  const answers: (() => void)[] = [];
  const { url, received } = await bank(t, (_, response) => void answers.push(() => response.end(paid)));
  const rail = sandboxRail(overHttp(url, { connections: 1 }));
  t.after(() => rail.close());
  const first = rail.send(instruction, () => {});
  await until(() => answers.length === 1);
  let asked = 0;
  const behind = rail.send(instruction, () => void (asked += 1));
  await new Promise(setImmediate);
  const late = rail.send(instruction, tooLate);
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.deepEqual([asked, received.length], [0, 1]);
  answers[0]!();
  await until(() => answers.length === 2);
  assert.equal(asked, 1);
  answers[1]!();
  const verdicts = (await Promise.all([first, behind, late])).map(({ verdict }) => verdict);
  assert.deepEqual([verdicts, received.length], [["paid", "paid", "unsent"], 2]);
});

test("a bank that cannot be reached was sent nothing; one that hangs up after it began to read may have been", async (t) => {
  const nobody = sandboxRail(overHttp("http://127.0.0.1:1"));
  t.after(() => nobody.close());
  let asked = 0;
  assert.equal((await nobody.send(instruction, () => void (asked += 1))).verdict, "unsent");
  assert.equal(asked, 0);
  const { url } = await bank(t, (request) => request.socket.destroy());
  const rude = sandboxRail(overHttp(url));
  t.after(() => rude.close());
  assert.equal((await rude.send(instruction, () => {})).verdict, "unanswered");
});

test("an answer that never ends, or is too long, is none", async (t) => {
  const { url } = await bank(t, (_, response) => {
    response.write(paid);
    const drip = setInterval(() => response.write(" ".repeat(512 * 1024)), 1);
    response.on("close", () => clearInterval(drip));
  });
  const rail = sandboxRail(overHttp(url));
  t.after(() => rail.close());
  assert.equal((await rail.send(instruction, () => {})).verdict, "unanswered");
});

test("what the bank knows under our reference for another amount is no evidence, and is told apart from silence", async (t) => {
  const { url } = await bank(t, (_, response) => response.end(paid.replace("100", "99")));
  const rail = sandboxRail(overHttp(url));
  t.after(() => rail.close());
  const sent = { amountMinor: 100n, currency: "EUR" };
  for (const answer of [await rail.send(instruction, () => {}), await rail.find!("R", 1, sent)])
    assert.deepEqual([answer.verdict, answer.differs], ["unanswered", true]);
});
