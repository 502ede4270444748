import assert from "node:assert/strict";
import { test } from "node:test";
import { Setbacks } from "./setbacks.ts";

test("what keeps coming to nothing is left alone for ever longer, and the third time it is to be parked", () => {
  const clock = { now: 0 };
  const setbacks = new Setbacks({ monotonic: () => clock.now, chance: () => 1 });
  const pauses: number[] = [];
  const said: boolean[] = [];
  for (let count = 0; count < 14; count += 1) {
    said.push(setbacks.broke("p"));
    const from = clock.now;
    assert.equal(setbacks.resting(), 1);
    while (setbacks.isResting("p")) clock.now += 500;
    pauses.push((clock.now - from) / 1_000);
  }
  assert.deepEqual(pauses, [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900, 900]);
  assert.deepEqual(said.slice(0, 4), [false, false, true, true]);
  setbacks.clear("p");
  assert.equal(setbacks.broke("p"), false, "what went well once begins anew");
});

test("what was left in peace since is forgotten", () => {
  const clock = { now: 0 };
  const setbacks = new Setbacks({ monotonic: () => clock.now, chance: () => 1 });
  setbacks.broke("p");
  setbacks.broke("p");
  clock.now = 3_600_000;
  assert.equal(setbacks.resting(), 0);
  assert.equal(setbacks.broke("p"), false);
});

test("what is refused is left alone for a moment, and never parked: somebody else may be faster every time", () => {
  const clock = { now: 0 };
  const setbacks = new Setbacks({ monotonic: () => clock.now, chance: () => 1 });
  for (let time = 0; time < 20; time += 1) {
    setbacks.refused("p");
    assert.ok(setbacks.isResting("p"));
    clock.now += 1_001;
    assert.ok(!setbacks.isResting("p"));
  }
  assert.equal(setbacks.broke("p"), false);
});
