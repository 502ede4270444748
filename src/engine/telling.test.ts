import assert from "node:assert/strict";
import { test } from "node:test";
import type { Waiting } from "./queue.ts";
import { Telling } from "./telling.ts";

/** Callers that note what they are told, and pauses that end when the test says so. */
function crowd(count: number) {
  const told: unknown[] = [];
  const pauses: (() => void)[] = [];
  const batch = Array.from(
    { length: count },
    () => ({ finish: (outcome: unknown) => told.push(outcome) }) as unknown as Waiting,
  );
  const outcomes = Array.from({ length: count }, (_, number) => ({ answer: { number } }));
  const telling = new Telling({ sleep: () => new Promise((resolve) => pauses.push(resolve)) });
  const goOn = async () => {
    pauses.shift()!();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { told, pauses, batch, outcomes, telling, goOn };
}

test("a small batch is told at once", () => {
  const { told, batch, outcomes, telling } = crowd(32);
  telling.tell(batch, outcomes);
  assert.deepEqual(told, outcomes);
});

test("of a large one some are told at a time, each what became of its own command, in order", async () => {
  const { told, pauses, batch, outcomes, telling, goOn } = crowd(70);
  telling.tell(batch, outcomes);
  let ended = false;
  const end = telling.end().then(() => (ended = true));
  const counts = [told.length];
  while (pauses.length > 0) {
    assert.equal(ended, false, "who closes waits until everybody has been told");
    await goOn();
    counts.push(told.length);
  }
  assert.deepEqual(counts, [0, 32, 64, 70]);
  assert.deepEqual(told, outcomes);
  await end;
});
