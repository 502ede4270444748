import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { startOfDay, wallClock } from "./days.ts";

test("an instant is told by the clock on the wall, which is not UTC", () => {
  assert.equal(wallClock(Date.UTC(2017, 1, 2, 10, 24, 14), "Europe/Amsterdam"), "20170202112414");
  assert.equal(wallClock(Date.UTC(2017, 6, 2, 22, 24, 14), "Europe/Amsterdam"), "20170703002414");
  assert.equal(wallClock(Date.UTC(2017, 1, 2), "UTC"), "20170202000000");
});

test("a day begins at its midnight, or right after the clock jumped over it", () => {
  assert.equal(startOfDay("20260329", "Europe/Amsterdam"), Date.UTC(2026, 2, 28, 23));
  assert.equal(startOfDay("20260330", "Europe/Amsterdam"), Date.UTC(2026, 2, 29, 22));
  assert.equal(startOfDay("20240911", "UTC"), Date.UTC(2024, 8, 11));
  assert.equal(wallClock(startOfDay("20260426", "Africa/Cairo"), "Africa/Cairo"), "20260426000000");
  assert.equal(wallClock(startOfDay("20230428", "Africa/Cairo"), "Africa/Cairo"), "20230428010000"); // no midnight that day
});

test("every day begins on that day, and the instant before on the one before", () => {
  const zones = fc.constantFrom("Europe/Amsterdam", "America/Sao_Paulo", "Asia/Kolkata", "Pacific/Auckland", "UTC");
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 30_000 }), zones, (days, zone) => {
      const day = new Date(days * 86_400_000).toISOString().slice(0, 10).replaceAll("-", "");
      const start = startOfDay(day, zone);
      assert.equal(wallClock(start, zone).slice(0, 8), day);
      assert.ok(wallClock(start - 1, zone).slice(0, 8) < day);
    }),
  );
});
