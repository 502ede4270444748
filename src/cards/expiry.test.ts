import assert from "node:assert/strict";
import { test } from "node:test";
import { isExpired } from "./expiry.ts";

test("a card is good through the last instant of its month, in UTC", () => {
  assert.equal(isExpired(11, 2026, new Date("2026-11-30T23:59:59.999Z")), false);
  assert.equal(isExpired(11, 2026, new Date("2026-12-01T00:00:00Z")), true);
  assert.equal(isExpired(12, 2026, new Date("2026-12-31T23:59:59.999Z")), false);
  assert.equal(isExpired(12, 2026, new Date("2027-01-01T00:00:00Z")), true);
  assert.equal(isExpired(2, 2028, new Date("2028-02-29T12:00:00Z")), false);
  assert.equal(isExpired(1, 2099, new Date("2026-11-21T00:00:00Z")), false);
});
