import assert from "node:assert/strict";
import { test } from "node:test";
import { DisburseRefusal } from "./errors.ts";
import { broken, failed, paid, play, processing, refusal, request, told } from "./script.ts";

test("processing is looked at again and again, until it is paid or has failed", async () => {
  const polls = { firstMs: 500, mostMs: 2_000 };
  for (const [end, outcome] of [
    [paid(), "paid"],
    [failed("hard_declined"), "failed"],
  ] as const) {
    const { disburse, methods, pauses } = play([processing(), told("created"), processing(), processing(), end], {
      polls,
    });
    assert.equal((await disburse.pay(request)).outcome, outcome);
    assert.deepEqual(methods(), ["POST", "GET", "GET", "GET", "GET"]);
    assert.deepEqual(pauses(), [500, 1_000, 2_000, 2_000]);
  }
});

test("processing to the end of the limit: still open, with the payout as it was read last", async () => {
  const polls = { firstMs: 500, mostMs: 2_000 };
  const { disburse, clock, pauses } = play([processing()], { limitMs: 6_000, polls });
  assert.deepEqual(await disburse.pay(request), { outcome: "open", payout: processing().body, because: null });
  assert.deepEqual([clock.now(), pauses()], [6_000, [500, 1_000, 2_000, 2_000, 500]]);
});

test("what was in the way once is not told when it no longer is", async () => {
  const { disburse } = play([broken(), processing(), broken(), processing()], { limitMs: 60_000 });
  assert.deepEqual(await disburse.pay(request), { outcome: "open", payout: processing().body, because: null });
});

test("what was heard by webhook is looked at at once", async () => {
  const { disburse, clock, pauses } = play([processing(), processing(), paid()], { polls: { firstMs: 5_000, mostMs: 60_000 } }); // prettier-ignore
  const paying = disburse.pay(request);
  await clock.sleep(100);
  disburse.heard("prize-2");
  await clock.sleep(100);
  disburse.heard("prize-1");
  assert.equal((await paying).outcome, "paid");
  assert.deepEqual(pauses(), [200, 10_000]);
});

test("news that comes while the payout is read is not forgotten", async () => {
  const world: ReturnType<typeof play> = play(
    [processing(), () => (world.disburse.heard("prize-1"), processing()), paid()],
    { polls: { firstMs: 5_000, mostMs: 60_000 } },
  );
  assert.equal((await world.disburse.pay(request)).outcome, "paid");
  assert.deepEqual(world.pauses(), [5_000, 0]);
});

test("a webhook does not hurry the repeats of a request", async () => {
  const world: ReturnType<typeof play> = play([broken(), paid()]);
  const paying = world.disburse.pay(request);
  await world.clock.sleep(100);
  world.disburse.heard("prize-1");
  assert.equal((await paying).outcome, "paid");
  assert.deepEqual(world.pauses(), [1_000]);
});

test("a payout that was taken on but is not found is never told as failed", async () => {
  const { disburse } = play([processing(), refusal(404, 137)], { limitMs: 60_000 });
  const result = await disburse.pay(request);
  assert.ok(result.outcome === "open" && result.payout?.state === "processing");
  assert.ok(result.because instanceof DisburseRefusal && result.because.code === 137);
});

test("reading that is refused leaves the payout open, and says why", async () => {
  const { disburse, methods } = play([processing(), refusal(401, 6)]);
  const result = await disburse.pay(request);
  assert.ok(result.outcome === "open" && result.because instanceof DisburseRefusal && result.because.code === 6);
  assert.deepEqual(methods(), ["POST", "GET"]);
});
