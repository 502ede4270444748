import assert from "node:assert/strict";
import { test } from "node:test";
import creditCardType from "credit-card-type";
import fc from "fast-check";
import { type Brand, cardBrand } from "./brand.ts";
import { cleanCardNumber } from "./number.ts";

const testCards: Partial<Record<Brand, string>> = {
  visa: "4111111111111111",
  visa_dk: "4571994000062336",
  dankort: "5019100000000006",
  visa_elec: "4026111111111115",
  mc: "5500000000000004",
  amex: "340000000000009",
  jcb: "3530111333300000",
  maestro: "6759000000000000",
  diners: "30000000000004",
  discover: "6011111111111117",
  china_union_pay: "6240008631401148",
  ffk: "6007220000000004",
};

test("each published test card has its brand, and passes as a card number", () => {
  for (const [brand, number] of Object.entries(testCards)) {
    assert.equal(cardBrand(number), brand);
    assert.equal(cleanCardNumber(number), number);
  }
});

test("a card of a range within another brand's goes by the narrower one", () => {
  const narrower: [string, Brand][] = [
    ["4571110000003777", "visa_dk"],
    ["4175000000000000", "visa_elec"],
    ["4175010000000000", "visa"],
    ["4917300800000000", "visa_elec"],
    ["2221000000000009", "mc"],
    ["5018000000000000", "maestro"],
    ["6007210000000000", "maestro"],
  ];
  for (const [number, brand] of narrower) assert.equal(cardBrand(number), brand, number);
});

test("a scheme that the API has no name for is unknown, and so is what is no card", () => {
  for (const number of ["2200000000000004", "9792000000000000", "5066990000000000", "0000000000000000", "", "abc"]) {
    assert.equal(cardBrand(number), "unknown", number);
  }
});

test("eight digits say as much as all of them", () => {
  const digits = (least: number, most: number) =>
    fc.array(fc.integer({ min: 0, max: 9 }), { minLength: least, maxLength: most }).map((list) => list.join(""));
  fc.assert(
    fc.property(digits(8, 8), digits(0, 11), (issuer, rest) => {
      assert.equal(creditCardType(issuer + rest)[0]?.type, creditCardType(issuer)[0]?.type);
      assert.equal(cardBrand(issuer + rest), cardBrand(issuer));
    }),
    { numRuns: 500 },
  );
});
