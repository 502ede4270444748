import assert from "node:assert/strict";
import { test } from "node:test";
import { broken, failed, paid, play, processing, refusal, request } from "./script.ts";

const error = "processing_error";
const soft = "soft_declined";
const retries = { firstMs: 10_000, mostMs: 15_000 };

test("hard_declined, an unknown error state, or none: failed at once", async () => {
  for (const step of [failed("hard_declined"), failed("pending"), failed("new_state"), failed()]) {
    const { disburse, methods } = play([step], { softRetries: 9 });
    assert.deepEqual(await disburse.pay(request), { outcome: "failed", payout: step.body });
    assert.deepEqual(methods(), ["POST"]);
  }
});

test("processing_error: the same request three more times, later, then failed", async () => {
  const { disburse, seen, pauses } = play([failed(error)], { retries });
  assert.equal((await disburse.pay(request)).outcome, "failed");
  assert.deepEqual(pauses(), [10_000, 15_000, 15_000]);
  assert.deepEqual(new Set(seen.map(({ body }) => body)), new Set([JSON.stringify(request)]));
});

test("a further try may be paid, may take its time, and may be refused", async () => {
  const quick = play([failed(error), paid()], { retries });
  assert.equal((await quick.disburse.pay(request)).outcome, "paid");
  const slow = play([failed(error), processing(), failed(error, error), processing(), paid()], { retries });
  assert.equal((await slow.disburse.pay(request)).outcome, "paid");
  assert.deepEqual(slow.methods(), ["POST", "POST", "GET", "POST", "GET"]);
  const refused = play([failed(error), refusal(400, 1), failed(error)], { retries });
  assert.equal((await refused.disburse.pay(request)).outcome, "failed");
  assert.deepEqual(refused.methods(), ["POST", "POST", "GET"]);
});

test("the latest attempt decides", async () => {
  const again = play([failed("hard_declined", error), paid()], { retries });
  assert.equal((await again.disburse.pay(request)).outcome, "paid");
  const over = play([failed(error, "hard_declined"), paid()], { retries });
  assert.equal((await over.disburse.pay(request)).outcome, "failed");
});

test("how many more tries there are is an option, for each kind of failure", async () => {
  const most = async (step: typeof failed, options: object) => {
    const { disburse, seen } = play([step(error), step(soft), step(error), step(soft)], { ...options, retries });
    await disburse.pay(request);
    return seen.length;
  };
  assert.equal(await most(() => failed(error), { errorRetries: 0 }), 1);
  assert.equal(await most(() => failed(error), { errorRetries: 1 }), 2);
  assert.equal(await most(() => failed(soft), {}), 1);
  assert.equal(await most(() => failed(soft), { softRetries: 2 }), 3);
  assert.equal(await most(failed, { errorRetries: 1, softRetries: 1 }), 3, "each is counted for itself");
});

test("a further try that would come after the limit is not begun: failed", async () => {
  const { disburse, clock, seen } = play([failed(error)], { retries, limitMs: 9_000 });
  assert.equal((await disburse.pay(request)).outcome, "failed");
  assert.deepEqual([seen.length, clock.now()], [1, 0]);
});

test("for a server whose processing errors may have moved money, they leave the payout open", async () => {
  const { disburse, seen } = play([failed(error)], { retries, afterErrors: "open" });
  assert.deepEqual(await disburse.pay(request), { outcome: "open", payout: failed(error).body, because: null });
  assert.equal(seen.length, 4);
  const declined = play([failed("hard_declined")], { afterErrors: "open" });
  assert.equal((await declined.disburse.pay(request)).outcome, "failed");
});

test("a repeat that is lost counts as no further try", async () => {
  const { disburse, methods } = play([failed(error), broken(), failed(error), paid()], { retries, errorRetries: 2 });
  assert.equal((await disburse.pay(request)).outcome, "paid");
  assert.deepEqual(methods(), ["POST", "POST", "POST", "POST"]);
});
