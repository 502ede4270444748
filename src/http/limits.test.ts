import assert from "node:assert/strict";
import { test } from "node:test";
import { limitPresets, Limits } from "./limits.ts";

function start() {
  const clock = { now: 0 };
  return { clock, limits: new Limits(limitPresets.vendor, () => clock.now) };
}
const taken = (limits: Limits, key: string, kind: "reads" | "writes", most = 1000) => {
  let count = 0;
  while (count < most && limits.take(key, kind)) count += 1;
  return count;
};

test("a key may ask in a burst, and then as fast as its bucket fills", () => {
  const { clock, limits } = start();
  assert.deepEqual([taken(limits, "a", "reads"), taken(limits, "a", "writes")], [50, 25]);
  clock.now = 1_000;
  assert.deepEqual([taken(limits, "a", "reads"), taken(limits, "a", "writes")], [25, 10]);
  clock.now = 1_050;
  assert.equal(taken(limits, "a", "reads"), 1, "parts of a request add up");
  clock.now = 3_600_000;
  assert.equal(taken(limits, "a", "reads"), 50, "a bucket is never more than full");
});

test("keys do not take from one another", () => {
  const { limits } = start();
  taken(limits, "a", "reads");
  assert.equal(taken(limits, "b", "reads"), 50);
});

test("so many may be under way at once, and whoever leaves makes room", () => {
  const { limits } = start();
  const entered = Array.from({ length: 12 }, () => limits.enter("a", "writes"));
  assert.equal(entered.filter(Boolean).length, 10);
  limits.leave("a", "writes");
  assert.deepEqual([limits.enter("a", "writes"), limits.enter("a", "writes")], [true, false]);
  assert.equal(limits.enter("a", "reads"), true);
});

test("any number of keys is kept in bounded memory, and none that is under way is forgotten", () => {
  const { limits } = start();
  limits.enter("busy", "reads");
  for (let key = 0; key < 50_000; key += 1) limits.take(`k${key}`, "reads");
  assert.ok(limits.size <= 20_000, String(limits.size));
  assert.deepEqual(Array.from({ length: 10 }, () => limits.enter("busy", "reads")).filter(Boolean).length, 9);
});
