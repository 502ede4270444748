import assert from "node:assert/strict";
import { test } from "node:test";
import { DisburseRefusal } from "./errors.ts";
import { failed, paid, play, processing, refusal, request } from "./script.ts";

for (const code of [133, 134]) {
  test(`${code}: the payout is read, and what it says is told`, async () => {
    for (const [step, outcome] of [
      [paid(), "paid"],
      ...(code === 133 ? ([[failed("hard_declined"), "failed"]] as const) : []),
    ] as const) {
      const { disburse, seen } = play([refusal(400, code), step]);
      assert.equal((await disburse.pay(request)).outcome, outcome);
      assert.deepEqual(
        seen.map(({ what, body }) => [what, body === undefined]),
        [
          ["POST /v1/payout", false],
          ["GET /v1/payout/prize-1", true],
        ],
      );
    }
    const waiting = play([refusal(400, code), processing(), refusal(404, 137), paid()]);
    assert.equal((await waiting.disburse.pay(request)).outcome, "paid");
    assert.deepEqual(waiting.methods(), ["POST", "GET", "GET", "GET"]);
  });
}

test("what was said to be paid is never told as failed", async () => {
  const { disburse, methods } = play([refusal(400, 134), failed("hard_declined"), processing(), paid()]);
  assert.equal((await disburse.pay(request)).outcome, "paid");
  assert.deepEqual(methods(), ["POST", "GET", "GET", "GET"]);
});

const refusals = [
  [400, 1], [401, 6], [403, 7], [404, 8], [404, 9], [400, 11], [400, 18], [400, 34], [404, 40], [400, 42], [400, 72],
  [400, 74], [400, 103], [400, 104], [405, 1], [413, 1], [400, 135], [400, 136], [400, 139], [422, 1], [422, 146],
] as const; // prettier-ignore

for (const [status, code] of refusals) {
  test(`${status}/${code}: a typed error, never repeated`, async () => {
    const said = refusal(status, code, { message: "the reason" });
    const { disburse, methods } = play([said, refusal(404, 137)]);
    await assert.rejects(disburse.pay(request), (error) => {
      assert.ok(error instanceof DisburseRefusal);
      const { code: number, httpStatus, error: text, detail, requestId, payout, message } = error;
      assert.deepEqual(
        { number, httpStatus, text, detail, requestId, payout, message },
        {
          number: code,
          httpStatus: status,
          text: `error ${code}`,
          detail: "the reason",
          requestId: "3f0c",
          payout: null,
          message: `${status}/${code} error ${code}: the reason (request 3f0c)`,
        },
      );
      return true;
    });
    assert.deepEqual(methods(), ["POST", "GET"]);
  });
}

test("a refused request whose handle has a payout: a failed one comes with the error, any other is waited for", async () => {
  const old = play([refusal(400, 136), failed("hard_declined")]);
  await assert.rejects(old.disburse.pay(request), { name: "DisburseRefusal", code: 136, payout: failed("hard_declined").body }); // prettier-ignore
  const going = play([refusal(404, 40), processing(), paid()]);
  assert.equal((await going.disburse.pay(request)).outcome, "paid");
});

test("a refusal whose payout cannot be read says so", async () => {
  const { disburse, methods } = play([refusal(401, 6), refusal(401, 6)]);
  await assert.rejects(disburse.pay(request), { name: "DisburseRefusal", code: 6, payout: undefined });
  assert.deepEqual(methods(), ["POST", "GET"]);
});
