import assert from "node:assert/strict";
import { test } from "node:test";
import { calm, Whims } from "./mood.ts";
import { aTransfer, get, openBank, post } from "./trial.ts";

test("a bank that loses answers has done what it was asked, whether it was a transfer or a question", async (t) => {
  const { url } = await openBank(t, { mood: { loseAnswers: 1 } });
  await assert.rejects(post(`${url}/transfers`, aTransfer("A1")));
  await assert.rejects(get(`${url}/transfers/A2?fence=1`));
  assert.equal((await get(`${url}/books`)).body["paid"], 1);
  await assert.rejects(post(`${url}/transfers`, aTransfer("A2"))); // barred by the question that nobody heard the answer to
  assert.equal((await get(`${url}/books`)).body["transfers"], 1);
});

test("answers are lost as often as was said", async (t) => {
  const { url } = await openBank(t, { mood: { loseAnswers: 0.3, seed: 5 } });
  const asked = Array.from({ length: 400 }, (_, n) => post(`${url}/transfers`, aTransfer(`A${n}`)));
  const lost = (await Promise.allSettled(asked)).filter(({ status }) => status === "rejected").length;
  assert.ok(lost > 80 && lost < 160, `${lost} of 400 were lost`);
  assert.equal((await get(`${url}/books`)).body["paid"], 400);
});

test("a bank that pays twice books another transfer under the same reference", async (t) => {
  const { url } = await openBank(t, { mood: { payTwice: 1 } });
  const { body } = await post(`${url}/transfers`, aTransfer("A1"));
  assert.equal(body["bank_id"], "SB0000000002");
  const { changes } = (await get(`${url}/transfers`)).body as { changes: { reference: string; bank_id: string }[] };
  assert.deepEqual(
    changes.map(({ reference, bank_id: id }) => `${reference} ${id}`),
    ["A1 SB0000000001", "A1 SB0000000002"],
  );
  assert.deepEqual((await get(`${url}/books`)).body["paid_minor_by_currency"], { EUR: 2 * 1250 });
});

test("a bank that pays again takes each send of a reference for a new one, and what it says of it is the latest", async (t) => {
  const { url } = await openBank(t, { mood: { payAgain: 1 } });
  for (const send of [1, 2]) assert.equal((await post(`${url}/transfers`, aTransfer("A1", { send }))).status, 200);
  assert.equal((await get(`${url}/books`)).body["paid"], 2);
  assert.equal((await get(`${url}/transfers/A1`)).body["bank_id"], "SB0000000002");
});

test("callbacks are repeated and delayed as the mood has it, beside what was ordered, and the same seed does the same", () => {
  const manners = (seed: number) => {
    const whims = new Whims({ ...calm, repeatCallbacks: 0.5, delayCallbacks: 0.5, seed });
    return Array.from({ length: 200 }, () => whims.manner({ twice: false, lateMs: 100 }));
  };
  const [some, same, others] = [manners(1), manners(1), manners(2)];
  assert.deepEqual(some, same);
  assert.notDeepEqual(some, others);
  const share = (list: readonly boolean[]) => list.filter(Boolean).length / list.length;
  assert.ok(Math.abs(share(some.map(({ twice }) => twice)) - 0.5) < 0.15);
  assert.ok(Math.abs(share(some.map(({ lateMs }) => lateMs > 100)) - 0.5) < 0.15);
  assert.ok(some.every(({ lateMs }) => lateMs >= 100 && lateMs <= 10_100));
  assert.deepEqual(new Whims(calm).manner({ twice: true, lateMs: 7 }), { twice: true, lateMs: 7 });
});
