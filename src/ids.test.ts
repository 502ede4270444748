import assert from "node:assert/strict";
import { test } from "node:test";
import { startIds } from "./ids.ts";

/** Ids of a process that has drawn these bytes, at one instant. */
const drawn = (...bytes: number[]) =>
  startIds(
    () => 1_790_000_000_000,
    (count) => Buffer.from(bytes.slice(0, count)),
  );

test("ids of one process grow, also when there are more than a millisecond has room for", () => {
  const ids = drawn(0, 255, 255, 255);
  const rows = Array.from({ length: 10_000 }, () => BigInt(ids.row()));
  assert.ok(rows.every((row, at) => at === 0 || row > rows[at - 1]!));
});

test("two processes that drew the same number give other ids in the same millisecond, as they begin to count elsewhere", () => {
  const [one, other] = [drawn(3, 7, 0, 10), drawn(3, 7, 1, 20)];
  const rows = [one, other].flatMap((ids) => Array.from({ length: 100 }, () => ids.row()));
  assert.equal(new Set(rows).size, 200);
});
