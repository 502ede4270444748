import assert from "node:assert/strict";
import { test } from "node:test";
import { sendWithinMs } from "../flow/intent.ts";
import { Leaving } from "./leaving.ts";

const since = { monotonic: 1_000, wall: 50_000 };
const at = (monotonic: number, wall: number) =>
  new Leaving({ monotonic: () => since.monotonic + monotonic, wall: () => since.wall + wall }, since);

test("a send leaves up to its deadline", () => {
  const left = at(sendWithinMs, sendWithinMs);
  left.check();
  assert.equal(left.gone, false);
  left.go();
  assert.deepEqual([left.gone, left.late], [true, false]);
});

for (const [why, monotonic, wall] of [
  ["its time is up", sendWithinMs + 1, 0],
  ["the machine slept, and only its wall clock went on", 5, sendWithinMs + 1],
] as const) {
  test(`a send does not leave when ${why}`, () => {
    const left = at(monotonic, wall);
    assert.throws(left.go, /deadline/);
    assert.deepEqual([left.gone, left.late], [false, true]);
  });
}

test("a wall clock that is set back keeps no send alive, and costs none its time", () => {
  at(5, -3_600_000).go();
  assert.throws(at(sendWithinMs + 1, -3_600_000).go, /deadline/);
});

test("a send leaves once: what is written a second time needs an intent of its own", () => {
  const left = at(0, 0);
  left.go();
  assert.throws(left.go, /left before/);
});
