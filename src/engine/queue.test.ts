import assert from "node:assert/strict";
import { test } from "node:test";
import { FairQueue, type Waiting } from "./queue.ts";

const none = new Map<string, unknown>();
const queue = () => new FairQueue({ waiting: 100, doorMs: 500 });

/** A command that came at `since`, and is to be begun within 900 ms. */
function waiting(merchantId: string, since: number, urgent = false): Waiting {
  const command = { kind: "test", merchantId, urgent, decide: () => ({ answer: {}, changes: {} }) };
  return { command, since, beginBy: urgent ? since + 10_000 : since + 900, until: since + 10_000, finish: () => {} };
}

/** A queue whose last batch, at `now`, was too full for what these merchants have waiting. */
function full(now: number, ...left: Waiting[]): FairQueue {
  const line = queue();
  const first = waiting("first", 0, true);
  for (const one of [first, ...left]) line.add(one);
  assert.deepEqual(line.take(1, none, now), [first]);
  return line;
}

test("a merchant whose first has waited for half a second for a place in a batch is refused, and nobody else is", () => {
  const line = full(1, waiting("noisy", 0));
  assert.ok(line.add(waiting("noisy", 500)), "not before");
  assert.deepEqual([line.isShut("noisy", 501), line.isShut("quiet", 501)], [true, false]);
  assert.equal(line.add(waiting("noisy", 501)), false);
  assert.ok(line.add(waiting("quiet", 501)));
  assert.equal(line.size, 3);
});

test("while a batch is merely slow nobody is refused", () => {
  const line = queue();
  line.add(waiting("patient", 0));
  assert.equal(line.isShut("patient", 9_000), false);
  assert.ok(line.add(waiting("patient", 9_000)));
  assert.deepEqual(line.expired(9_000), []);
});

test("what was taken on already is never refused, and does not shut the door to what is new", () => {
  const line = full(1, waiting("noisy", 0), waiting("quiet", 0, true));
  assert.ok(line.isShut("noisy", 5_000));
  assert.ok(line.add(waiting("noisy", 5_000, true)));
  assert.equal(line.isShut("quiet", 5_000), false);
  const small = new FairQueue({ waiting: 1, doorMs: 500 });
  assert.ok(small.add(waiting("a", 0)));
  assert.deepEqual([small.add(waiting("b", 0)), small.add(waiting("b", 0, true))], [false, true]);
});

test("the door opens as soon as a batch has taken all that there was", () => {
  const line = full(1, waiting("noisy", 0), waiting("noisy", 0));
  assert.ok(line.isShut("noisy", 800));
  line.take(1, none, 800);
  assert.ok(line.isShut("noisy", 800), "it was left behind once more");
  line.take(1, none, 810);
  line.add(waiting("noisy", 820));
  assert.equal(line.isShut("noisy", 2_000), false);
});

test("what is new and found no place in a batch in time is told so; what was taken on waits as long as its caller", () => {
  const [late, later, taken] = [waiting("m", 0), waiting("m", 100), waiting("m", 0, true)];
  const line = full(200, late, later, taken);
  assert.deepEqual(line.take(1, none, 201), [taken]);
  line.add(taken);
  assert.deepEqual(line.expired(899), []);
  assert.deepEqual(line.expired(900), [late]);
  assert.deepEqual(line.expired(9_999), [later]);
  assert.deepEqual(line.expired(10_000), [taken]);
  assert.equal(line.size, 0);
});

test("what was taken on goes first, and merchants take turns", () => {
  const line = queue();
  for (let index = 0; index < 5; index += 1) line.add(waiting("noisy", index));
  line.add(waiting("quiet", 9));
  line.add(waiting("noisy", 9, true));
  const order = line.take(4, none, 10).map(({ command, since }) => `${command.merchantId} ${since}`);
  assert.deepEqual(order, ["noisy 9", "noisy 0", "quiet 9", "noisy 1"]);
});
