import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { cleanCardNumber, luhn, maskedCard } from "./number.ts";

const digits = (length: number): fc.Arbitrary<string> =>
  fc.array(fc.integer({ min: 0, max: 9 }), { minLength: length, maxLength: length }).map((each) => each.join(""));

test("a card number may be typed with blanks and dashes", () => {
  assert.equal(cleanCardNumber(" 4571 1100-0000 0009 "), undefined);
  assert.equal(cleanCardNumber(" 4111 1111-1111 1111 "), "4111111111111111");
  assert.equal(cleanCardNumber("3400-000000-00009"), "340000000000009");
});

test("what is too short, too long or not all digits is no card number", () => {
  const none = [
    "",
    " ",
    "4111111111111112",
    "00000000000",
    "0".repeat(20),
    "4111111111111111\n",
    "٤١١١١١١١١١١١١١١١",
    "4111.1111.1111.1111",
  ];
  for (const text of none) assert.equal(cleanCardNumber(text), undefined, text);
  for (const length of [12, 19]) assert.equal(cleanCardNumber("0".repeat(length)), "0".repeat(length));
});

test("the check digit finds every single wrong digit, and every swap of neighbours but 09", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 11, max: 18 }).chain(digits),
      fc.nat(),
      fc.integer({ min: 1, max: 9 }),
      (stem, pick, by) => {
        const number = "0123456789"
          .split("")
          .map((check) => stem + check)
          .filter(luhn);
        assert.equal(number.length, 1, "exactly one check digit fits");
        const right = number[0]!;
        const at = pick % right.length;
        const wrong = right.slice(0, at) + ((Number(right[at]) + by) % 10) + right.slice(at + 1);
        assert.equal(luhn(wrong), false);
        const [left, next] = [right[at]!, right[at + 1] ?? right[at]!];
        if (left === next || /^(09|90)$/.test(left + next)) return;
        assert.equal(luhn(right.slice(0, at) + next + left + right.slice(at + 2)), false);
      },
    ),
  );
  for (const none of ["", " ", "4111 1111 1111 1111", "-18", "1e1"]) assert.equal(luhn(none), false);
});

test("of a card number the first six and last four digits are shown", () => {
  assert.equal(maskedCard("4571110000003777"), "457111XXXXXX3777");
  assert.equal(maskedCard("340000000000009"), "340000XXXXX0009");
  assert.equal(maskedCard("675900000000"), "675900XX0000");
});
