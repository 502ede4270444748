import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isTimely, readHttpDate } from "./http-date.ts";

test("a Date is read in GMT, and in UTC as one client writes it", () => {
  const at = Date.UTC(2014, 5, 6, 13, 39, 43);
  assert.equal(readHttpDate("Fri, 06 Jun 2014 13:39:43 GMT"), at);
  assert.equal(readHttpDate("Fri, 06 Jun 2014 13:39:43 UTC"), at);
});

test("every whole second is read as it is written", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 253_402_300_799 }), (second) => {
      assert.equal(readHttpDate(new Date(second * 1000).toUTCString()), second * 1000);
    }),
  );
});

test("what is no date of RFC 1123 is none at all", () => {
  const none = [
    undefined,
    "",
    "Invalid Date",
    "Mon, 06 Jun 2014 13:39:43 GMT", // it was a Friday
    "Sun, 30 Feb 2014 13:39:43 GMT",
    "Fri, 6 Jun 2014 13:39:43 GMT",
    "Fri, 06 Jun 2014 13:39:43 CET",
    "Fri, 06 Jun 2014 13:39:43 +0000",
    "2014-06-06T13:39:43Z",
    "1402061983",
  ];
  for (const header of none) assert.equal(readHttpDate(header), undefined, header);
  fc.assert(fc.property(fc.string(), (text) => assert.ok(!Number.isNaN(readHttpDate(text)))));
});

test("a request is taken up to a quarter of an hour before and after its Date, or another window", () => {
  const [at, minute] = [Date.UTC(2014, 5, 6), 60_000];
  for (const sign of [-1, 1]) {
    assert.equal(isTimely(at, at + sign * 15 * minute), true);
    assert.equal(isTimely(at, at + sign * (15 * minute + 1)), false);
    assert.equal(isTimely(at, at + sign * 5 * minute, 4 * minute), false);
  }
});
