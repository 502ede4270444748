import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { BrokenPromise } from "./assert.ts";
import { type Currency, minorDigits } from "./currency.ts";
import { fromTwoDecimals, INT32_MAX, toTwoDecimals, toWire } from "./money.ts";

const currencies = Object.keys(minorDigits) as Currency[];
const currency = fc.constantFrom(...currencies);
const twelveDigits = fc.bigInt({ min: 0n, max: 999_999_999_999n });

/** The exact value, as a count of millionths: another road to the same answer. */
const millionths = (amount: bigint, decimals: number): bigint => amount * 10n ** BigInt(6 - decimals);

test("yen come in hundredths and are never multiplied; a part of one cannot be paid", () => {
  assert.equal(fromTwoDecimals(10_000, "JPY"), 100n);
  assert.equal(fromTwoDecimals(150, "JPY"), undefined);
  assert.equal(toTwoDecimals(100n, "JPY"), 10_000n);
});

test("the third decimal of a dinar cannot be said", () => {
  assert.equal(fromTwoDecimals(125, "KWD"), 1_250n);
  assert.equal(toTwoDecimals(1_250n, "KWD"), 125n);
  assert.equal(toTwoDecimals(1_255n, "KWD"), undefined);
});

test("in every currency an amount keeps its exact value or is refused, and comes back as it went", () => {
  fc.assert(
    fc.property(twelveDigits, currency, (amount, code) => {
      const minor = fromTwoDecimals(amount, code);
      const exact = millionths(amount, 2) % millionths(1n, minorDigits[code]) === 0n;
      assert.equal(minor !== undefined, exact);
      if (minor === undefined) return;
      assert.equal(millionths(minor, minorDigits[code]), millionths(amount, 2));
      assert.equal(toTwoDecimals(minor, code), amount);
    }),
  );
  fc.assert(
    fc.property(twelveDigits, currency, (minor, code) => {
      const amount = toTwoDecimals(minor, code);
      assert.equal(amount !== undefined, millionths(minor, minorDigits[code]) % millionths(1n, 2) === 0n);
      if (amount !== undefined) assert.equal(fromTwoDecimals(amount, code), minor);
    }),
  );
});

test("each currency converts one whole unit both ways", () => {
  for (const code of currencies) {
    const unit = 10n ** BigInt(minorDigits[code]);
    assert.equal(fromTwoDecimals(100, code), unit, code);
    assert.equal(toTwoDecimals(unit, code), 100n, code);
  }
});

test("a number that is no exact integer is not an amount", () => {
  for (const amount of [1.5, NaN, Infinity, 2 ** 53]) assert.equal(fromTwoDecimals(amount, "EUR"), undefined);
});

test("an amount that JSON cannot hold exactly is never written", () => {
  assert.equal(toWire(BigInt(INT32_MAX)), 2_147_483_647);
  assert.equal(toWire(2n ** 53n - 1n), Number.MAX_SAFE_INTEGER);
  assert.throws(() => toWire(2n ** 53n), BrokenPromise);
  assert.throws(() => toWire(-(2n ** 53n)), BrokenPromise);
});
