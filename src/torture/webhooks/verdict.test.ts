import assert from "node:assert/strict";
import { test } from "node:test";
import { judge, judgeFeed } from "./verdict.ts";

const due = ["a 1", "a 2", "b 1"].map((told) => ({ told, customer: "c" }));
const taken = (...told: string[]) => told.map((one) => ({ id: `id of ${one}`, told: one, at: 0, happenedAt: 0 }));

test("what was told in order, some of it twice, is well", () => {
  const { examples, ...numbers } = judge(due, taken("a 1", "a 2", "a 1", "b 1"));
  assert.deepEqual(numbers, { lost: 0, unasked: 0, outOfOrder: 0, otherId: 0, repeats: 1 });
  assert.deepEqual(examples, []);
});

test("what is lost, unasked, out of order or under another id is found", () => {
  assert.equal(judge(due, taken("a 1", "b 1")).lost, 1);
  assert.equal(judge(due, taken("a 1", "a 2", "b 1", "d 1")).unasked, 1);
  assert.equal(judge(due, taken("a 2", "a 1", "b 1")).outOfOrder, 1);
  assert.equal(
    judge(due, [...taken("a 1", "a 2", "b 1"), { id: "other", told: "a 1", at: 0, happenedAt: 0 }]).otherId,
    1,
  );
});

test("a feed with a gap, a repeat or a later version first is found", () => {
  const versions = new Map([["p", 3]]);
  const seen = (...list: number[]) => list.map((version) => ({ payout: "p", version }));
  assert.deepEqual(judgeFeed(seen(1, 2, 3), versions), { missed: 0, twice: 0, outOfOrder: 0 });
  assert.deepEqual(judgeFeed(seen(1, 3), versions), { missed: 1, twice: 0, outOfOrder: 1 });
  assert.deepEqual(judgeFeed(seen(1, 2, 2, 3), versions), { missed: 0, twice: 1, outOfOrder: 0 });
  assert.deepEqual(judgeFeed(seen(2, 1, 3), versions).outOfOrder, 2);
});
