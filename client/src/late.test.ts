import assert from "node:assert/strict";
import { test } from "node:test";
import { DisburseRefusal } from "./errors.ts";
import { Late } from "./late.ts";
import { settingsOf } from "./options.ts";
import { broken, failed, paid, play, processing, refusal, request, type Step } from "./script.ts";

const lateMs = 30_000;
const declined = failed("hard_declined");
const none = refusal(404, 137);
const refusals: Record<string, Step> = { "400/136": refusal(400, 136), "404/40": refusal(404, 40) };

for (const [name, refused] of Object.entries(refusals)) {
  test(`an unanswered create, then ${name}: the payout decides, for the first one may have been carried out`, async () => {
    const going = play([broken(), refused, processing(), paid()]);
    assert.equal((await going.disburse.pay(request)).outcome, "paid");
    assert.deepEqual(going.methods(), ["POST", "POST", "GET", "GET"]);

    const over = play([broken(), refused, declined], { lateMs });
    assert.deepEqual(await over.disburse.pay(request), { outcome: "failed", payout: declined.body });
    assert.deepEqual(over.methods(), ["POST", "POST", "GET", "GET"]);
    assert.equal(over.clock.now(), lateMs);
  });

  test(`an unanswered create, then ${name} and no payout: nothing happened, once it can no longer arrive`, async () => {
    const { disburse, methods, clock } = play([broken(), refused, none, none], { lateMs });
    await assert.rejects(disburse.pay(request), (error) => error instanceof DisburseRefusal && error.payout === null);
    assert.deepEqual([methods(), clock.now()], [["POST", "POST", "GET", "GET"], lateMs]);

    const late = play([broken(), refused, none, paid()], { lateMs });
    assert.equal((await late.disburse.pay(request)).outcome, "paid");

    const short = play([broken(), refused, none], { lateMs, limitMs: 20_000 });
    const result = await short.disburse.pay(request);
    assert.ok(result.outcome === "open" && result.payout === null && result.because instanceof DisburseRefusal);
  });

  test(`an unanswered create, then ${name}, and reading is refused: open`, async () => {
    const { disburse, methods } = play([broken(), refused, refusal(401, 6)]);
    const result = await disburse.pay(request);
    assert.ok(result.outcome === "open" && result.because instanceof DisburseRefusal && result.because.code === 6);
    assert.deepEqual(methods(), ["POST", "POST", "GET"]);
  });
}

test("a decline after an unanswered create is told once the lost one can no longer begin another attempt", async () => {
  for (const lost of [broken(), "silence", refusal(500, 2), { status: 502, body: "" }] as const) {
    const quiet = play([lost, declined], { lateMs, timeoutMs: 1_000 });
    assert.equal((await quiet.disburse.pay(request)).outcome, "failed");
    assert.deepEqual(quiet.methods(), ["POST", "POST", "GET"]);
    assert.equal(quiet.clock.now(), lateMs + (lost === "silence" ? 1_000 : 0));

    const late = play([lost, declined, processing(), paid()], { lateMs });
    assert.equal((await late.disburse.pay(request)).outcome, "paid");
    assert.deepEqual(late.methods(), ["POST", "POST", "GET", "GET"]);
  }
});

test("after an answered create, or one turned away unread, a decline is told at once", async () => {
  for (const steps of [[declined], [refusal(429, 122), declined], [processing(), broken(), declined]]) {
    const { disburse, seen } = play(steps, { lateMs });
    assert.equal((await disburse.pay(request)).outcome, "failed");
    assert.equal(seen.length, steps.length);
  }
});

test("a limit or an abort before a lost create can no longer arrive leaves a declined payout open", async () => {
  const short = play([broken(), declined], { lateMs, limitMs: 20_000 });
  const result = await short.disburse.pay(request);
  assert.ok(result.outcome === "open" && result.payout?.state === "failed");
  assert.match(result.because?.message ?? "", /still be on its way/);

  const stop = new AbortController();
  const aborted = play([broken(), declined], { lateMs });
  const paying = aborted.disburse.pay(request, { signal: stop.signal });
  await aborted.clock.sleep(5_000);
  stop.abort();
  assert.equal((await paying).outcome, "open");
});

test("a call that was given up is remembered by the next one", async () => {
  const { disburse, clock, methods } = play([broken(), declined, declined], { lateMs });
  assert.equal((await disburse.pay(request, { limitMs: 0 })).outcome, "open");
  assert.equal((await disburse.pay(request)).outcome, "failed");
  assert.deepEqual([methods(), clock.now()], [["POST", "POST", "GET"], lateMs]);
  assert.equal((await disburse.pay(request)).outcome, "failed");
  assert.deepEqual([methods().length, clock.now()], [4, lateMs]);

  const gone = play([broken(), refusal(404, 40), declined], { lateMs });
  assert.equal((await gone.disburse.pay(request, { limitMs: 0 })).outcome, "open");
  assert.equal((await gone.disburse.pay(request)).outcome, "failed");

  const refused = play([broken(), refusal(404, 40), none, none], { lateMs });
  assert.equal((await refused.disburse.pay(request, { limitMs: 0 })).outcome, "open");
  await assert.rejects(refused.disburse.pay(request), { code: 40 });
  assert.equal(refused.clock.now(), lateMs);
});

test("what an unanswered create came to is its own outcome, however long ago it was lost", async () => {
  const { disburse } = play([broken(), refusal(404, 40), declined], { lateMs: 0 });
  assert.equal((await disburse.pay(request)).outcome, "failed");
});

test("handles whose lost creates have arrived are forgotten", () => {
  let now = 0;
  const late = new Late(settingsOf({ url: "", privateKey: "", lateMs: 10, now: () => now }));
  for (const handle of ["a", "b", "a"]) {
    late.note(handle);
    now += 5;
  }
  assert.deepEqual([late.size, late.until("a"), late.until("b"), late.until("c")], [2, 20, 15, -Infinity]);
  now = 15;
  late.note("c");
  assert.deepEqual([late.size, late.until("a"), late.until("b"), late.until("c")], [2, 20, -Infinity, 25]);
});
