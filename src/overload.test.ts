import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { checkBooks } from "./store/check.ts";
import { send } from "./testing/connect.ts";
import { emptyDatabase, type TestDatabase } from "./testing/database.ts";
import { assertOwnWords, Payer } from "./testing/payers.ts";
import { slowLine, type SlowLine } from "./testing/slow-line.ts";
import { Started } from "./testing/started.ts";

let database: TestDatabase;
let line: SlowLine;
let server: Started;
before(async () => {
  database = await emptyDatabase();
  line = await slowLine(database.url);
  server = await Started.on(line.url);
});
after(async () => {
  await server.remove();
  await line.close();
  await database.drop();
});

const delayMs = 60;

/** How long a payout takes, in milliseconds. It may not be refused. */
async function quietly(payer: Payer, name: string): Promise<number> {
  const startedAt = performance.now();
  await payer.pay("frisbii", name, ({ status }) => assert.fail(`${name} was refused with ${status}`));
  return performance.now() - startedAt;
}

/** So many payouts of the demo merchant at once. Resolves with how each was answered, and after how many milliseconds. */
function noise(name: string, count: number) {
  const { url, frisbii } = server.demo;
  const authorization = `Basic ${Buffer.from(`${frisbii.private_key}:`).toString("base64")}`;
  const headers = { authorization, "content-type": "application/json" };
  const one = async (_: unknown, n: number) => {
    const order = { handle: `${name}-${n}`, destination: frisbii.card, amount: 100, currency: "EUR" };
    const startedAt = performance.now();
    const answer = await send(url, "POST", "/v1/payout", headers, JSON.stringify(order));
    const told = {
      status: answer.status,
      body: JSON.parse(answer.text),
      headers: new Headers(answer.headers as Record<string, string>),
    };
    return { ...told, ms: performance.now() - startedAt };
  };
  return Promise.all(Array.from({ length: count }, one));
}

test("who asks for too much is told so within a second, in their API's words; nobody else notices, and it is over at once", async (t) => {
  const quiet = await Payer.of(server, "quiet");
  await noise("first", 1);
  line.delayMs = delayMs; // with a database so far away, any machine can carry out a few hundred payouts a second
  const alone = await quietly(quiet, "alone");
  const over = new AbortController();
  const asked = noise("noise", 700).finally(() => over.abort());
  const beside = quietly(quiet, "beside");
  const worldline = [];
  const demo = Payer.demo(server);
  for (; !over.signal.aborted; await delay(50)) worldline.push(await demo.worldline("POST", "/payouts", {}));
  const answers = await asked;
  const told = await beside;
  const afterwards = await quietly(quiet, "after");
  line.delayMs = 0;

  const refused = answers.filter(({ status }) => status !== 200);
  for (const answer of refused) assertOwnWords("frisbii", answer);
  const waited = refused.map(({ ms }) => ms).toSorted((a, b) => a - b);
  t.diagnostic(`alone ${alone | 0} ms, beside ${told | 0} ms, after ${afterwards | 0} ms`);
  t.diagnostic(`${refused.length} refused in ${waited[waited.length >> 1]! | 0} to ${waited.at(-1)! | 0} ms`);
  assert.ok(refused.length > 100 && refused.length < 600, `${refused.length} of 700 were refused`);
  assert.ok(
    waited[waited.length >> 1]! < 1_000 + 8 * delayMs,
    "a second, and four round trips to read whose key it is",
  );
  assert.ok(told < 4 * alone, `${told} ms beside the noise, ${alone} ms alone`);
  assert.ok(afterwards < 2 * alone, `${afterwards} ms after the noise, ${alone} ms before`);

  const shut = worldline.filter(({ status }) => status === 503);
  assert.ok(shut.length > 0, "the same merchant is refused in the other API before its body is looked at");
  for (const answer of shut) assertOwnWords("worldline", answer);
  assert.deepEqual(await checkBooks(database.url, false), []);
});
