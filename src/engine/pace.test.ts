import assert from "node:assert/strict";
import { test } from "node:test";
import { Pace } from "./pace.ts";

/** Chance at its middle, so that rests are as long as they are said to be. */
function paced(rests?: number) {
  const clock = { now: 1_000_000 };
  const pace = new Pace({ monotonic: () => clock.now, chance: () => 0.5 }, rests);
  const restMs = () => (pace.rest()?.until ?? clock.now) - clock.now;
  return { pace, clock, restMs };
}
const times = (count: number, work: () => void): void => Array.from({ length: count }).forEach(() => work());

test("a receiver gets one call at a time, one more for each success up to ten, and one less for each failure", () => {
  const { pace } = paced();
  assert.deepEqual([pace.atATime, pace.answers], [1, false]);
  times(3, () => pace.succeeded());
  assert.deepEqual([pace.atATime, pace.answers], [4, true]);
  times(20, () => pace.succeeded());
  assert.equal(pace.atATime, 10);
  times(4, () => pace.failed(null));
  assert.equal(pace.atATime, 6);
  times(20, () => pace.failed(null));
  assert.deepEqual([pace.atATime, pace.answers], [1, false]);
});

test("five failures in a row have it left alone; a success among them begins the count anew", () => {
  const { pace, restMs } = paced();
  times(4, () => pace.failed(null));
  pace.succeeded();
  times(4, () => pace.failed(null));
  assert.equal(pace.rest(), undefined);
  pace.failed(null);
  assert.equal(restMs(), 1_000);
});

test("each failure after a rest is followed by one twice as long, up to a minute, until a success", () => {
  const { pace, clock, restMs } = paced();
  times(4, () => pace.failed(null));
  const rests: number[] = [];
  for (let round = 0; round < 12; round += 1) {
    pace.failed(null);
    rests.push(restMs() / 1_000);
    clock.now = pace.rest()!.until;
  }
  assert.deepEqual(rests, [1, 2, 4, 8, 16, 32, 60, 60, 60, 60, 60, 60]);
  assert.equal(pace.rest(), undefined, "its time is over");
  pace.succeeded();
  times(5, () => pace.failed(null));
  assert.equal(restMs(), 1_000);
});

test("calls that were in the air together and fail during a rest make it no longer", () => {
  const { pace, restMs } = paced();
  times(9, () => pace.failed(null));
  assert.equal(restMs(), 1_000);
});

test("a receiver that asks for time gets it at the first failure, an hour at most", () => {
  const { pace, clock, restMs } = paced();
  pace.failed(30_000);
  assert.equal(restMs(), 30_000);
  pace.failed(10_000);
  assert.equal(restMs(), 30_000, "the longer one counts");
  clock.now = pace.rest()!.until;
  pace.failed(86_400_000);
  assert.equal(restMs(), 3_600_000);
});

test("one that was let go of while it rested goes on where it was: its first failure is one too many", () => {
  const { pace, restMs } = paced(3);
  assert.equal(pace.rest(), undefined);
  pace.failed(null);
  assert.deepEqual([restMs(), pace.rest()?.rests], [8_000, 4]);
});

test("what is left alone for a reason of ours rests no less than it would", () => {
  const { pace, restMs } = paced();
  pace.leaveAlone(1_000);
  assert.equal(restMs(), 1_000);
  pace.failed(30_000);
  pace.leaveAlone(1_000);
  assert.equal(restMs(), 30_000);
});
