import assert from "node:assert/strict";
import { createSecretKey } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { orderOf, orders, payoutId } from "./payout-id.ts";
import { scatter } from "./scatter.ts";

const key = createSecretKey(Buffer.from("one merchant's key"));

test("a payout id is thirty characters of merchant, order, effort and attempt", () => {
  assert.equal(payoutId("8897", 12412214), "00000088970012412214000-100001");
});

test("of a payout id its merchant gets the order back, and nobody else", () => {
  const merchant = fc.bigInt(0n, 9_999_999_999n).map(String);
  fc.assert(
    fc.property(merchant, fc.integer({ min: 0, max: orders - 1 }), merchant, (merchantId, order, other) => {
      const id = payoutId(merchantId, order);
      assert.match(id, /^[0-9-]{30}$/);
      assert.equal(orderOf(id, merchantId), order);
      if (other !== merchantId) assert.equal(orderOf(id, other), undefined);
    }),
  );
});

test("what has not the shape of a payout id is none", () => {
  for (const id of [
    "",
    "123",
    "00000088970012412214000-1000010",
    "00000088970012412214000010000100",
    "0000008897001241221x000-100001",
  ])
    assert.equal(orderOf(id, "8897"), undefined);
  fc.assert(fc.property(fc.string(), fc.string(), (id, merchant) => assert.equal(orderOf(id, merchant), undefined)));
});

test("scattering meets every number exactly once", () => {
  for (const side of [1, 2, 3, 10, 31, 100]) {
    const all = Array.from({ length: side * side }, (_, index) => scatter(index, key, side));
    assert.deepEqual(
      all.toSorted((one, other) => one - other),
      Array.from(all.keys()),
      `of ${side * side}`,
    );
  }
});

test("scattered numbers have ten digits, depend on the key, and show no order", () => {
  const first = Array.from({ length: 1_000 }, (_, index) => scatter(index, key));
  assert.equal(new Set(first).size, 1_000);
  assert.ok(first.every((number) => Number.isSafeInteger(number) && number >= 0 && number < orders));
  assert.notDeepEqual(
    first,
    Array.from(first.keys(), (index) => scatter(index, createSecretKey(Buffer.from("another's")))),
  );
  const rising = first.filter((number, index) => index > 0 && number > first[index - 1]!).length;
  assert.ok(rising > 400 && rising < 600, `${rising} of 999 are larger than the one before`);
  assert.equal(scatter(orders - 1, key) < orders, true);
});

test("the same number is scattered the same for good", () => {
  assert.equal(scatter(0, key), scatter(0, createSecretKey(key.export())));
  assert.deepEqual([scatter(0, key), scatter(1, key), scatter(2, key)], [7_586_162_780, 9_995_106_591, 1_673_478_977]);
});

test("beyond the last number there is none", () => {
  for (const index of [-1, orders, 0.5, Number.NaN]) assert.throws(() => scatter(index, key));
});
