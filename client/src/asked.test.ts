import assert from "node:assert/strict";
import { test } from "node:test";
import { DisburseMismatch } from "./errors.ts";
import type { PayoutRequest } from "./payout.ts";
import { broken, failed, paid, play, processing, refusal, request } from "./script.ts";

test("what cannot be meant is refused before anything is sent", async () => {
  const bad: Record<string, unknown[]> = {
    amount: [0, -1, 0.5, 2 ** 53, NaN, Infinity, "100", 100n, undefined, null],
    handle: ["", "a/b", "a b", "..", ".", "x".repeat(256), "ä", 7, undefined],
    destination: ["", undefined, 7],
    currency: [978, null],
  };
  const { disburse, seen } = play([paid()]);
  for (const [name, values] of Object.entries(bad)) {
    for (const value of values) {
      const wrong = { ...request, [name]: value } as PayoutRequest;
      await assert.rejects(
        disburse.pay(wrong),
        new RegExp(`^(TypeError|RangeError): ${name}`),
        `${name} ${String(value)}`,
      );
    }
  }
  await assert.rejects(disburse.get(".."), TypeError);
  await assert.rejects(disburse.pay(request, { limitMs: NaN }), RangeError);
  assert.deepEqual(seen, []);
});

test("a handle travels in a path as it is", async () => {
  const handle = "A.b-c_d@e";
  const { disburse, seen } = play([processing({ handle }), paid({ handle })], {
    url: "https://gate.example.com/pay//",
  });
  assert.equal((await disburse.pay({ ...request, handle })).outcome, "paid");
  assert.deepEqual(
    seen.map(({ what }) => what),
    ["POST /pay/v1/payout", "GET /pay/v1/payout/A.b-c_d%40e"],
  );
});

test("what the caller does to its object later changes no repeat", async () => {
  const mine: { -readonly [name in keyof PayoutRequest]: PayoutRequest[name] } = { ...request };
  const { disburse, seen } = play([() => ((mine.amount = 1), broken()), paid()]);
  assert.equal((await disburse.pay(mine)).outcome, "paid");
  assert.deepEqual(
    seen.map(({ body }) => body),
    [JSON.stringify(request), JSON.stringify(request)],
  );
});

const others = {
  amount: { amount: 1 },
  currency: { currency: "EUR" },
  customer: { customer: "somebody" },
  destination: { transactions: [{ ...(processing().body as any).transactions[0], card: { id: "ca_2" } }] },
} as const;

for (const [field, other] of Object.entries(others)) {
  test(`a handle that stands for a payout with another ${field} is a typed error`, async () => {
    const found = paid(other);
    for (const first of [refusal(400, 134), refusal(400, 133), processing(), broken(), refusal(404, 40)]) {
      const { disburse, seen } = play([first, found]);
      await assert.rejects(disburse.pay(request), (error) => {
        assert.ok(error instanceof DisburseMismatch);
        assert.deepEqual([error.field, error.payout], [field, found.body]);
        return true;
      });
      assert.equal(seen.length, 2);
    }
  });
}

test("what was not asked for, or is not told, is not compared", async () => {
  const { currency: _, customer_handle: __, ...less } = request;
  const { disburse } = play([paid({ currency: "EUR", customer: "somebody" })]);
  assert.equal((await disburse.pay(less)).outcome, "paid");
  const token = play([paid(others.destination)]);
  assert.equal((await token.disburse.pay({ ...request, destination: "ct_1" })).outcome, "paid");
  const bare = play([paid({ transactions: [] })]);
  assert.equal((await bare.disburse.pay(request)).outcome, "paid");
  const nested = play([paid({ customer: "somebody" })]);
  await assert.rejects(nested.disburse.pay({ ...less, customer: { handle: "winner" } }), DisburseMismatch);
});

test("a payout that failed to another card may be tried again to this one", async () => {
  const step = failed("hard_declined");
  const other = { ...step, body: { ...(step.body as object), transactions: others.destination.transactions } };
  const { disburse } = play([refusal(400, 133), other]);
  assert.equal((await disburse.pay(request)).outcome, "failed");
});
