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

test("a merchant whose first has waited for half a second is refused, and nobody else is", () => {
  const line = queue();
  assert.ok(line.add(waiting("noisy", 0)));
  assert.ok(line.add(waiting("noisy", 500)), "not before");
  assert.deepEqual([line.isShut("noisy", 501), line.isShut("quiet", 501)], [true, false]);
  assert.equal(line.add(waiting("noisy", 501)), false);
  assert.ok(line.add(waiting("quiet", 501)));
  assert.equal(line.size, 3);
});

test("what was taken on already is never refused, and does not shut the door to what is new", () => {
  const line = queue();
  line.add(waiting("noisy", 0));
  assert.ok(line.add(waiting("noisy", 5_000, true)));
  assert.ok(line.add(waiting("quiet", 0, true)));
  assert.equal(line.isShut("quiet", 5_000), false);
  const full = new FairQueue({ waiting: 1, doorMs: 500 });
  assert.ok(full.add(waiting("a", 0)));
  assert.deepEqual([full.add(waiting("b", 0)), full.add(waiting("b", 0, true))], [false, true]);
});

test("the door opens as soon as the first has been taken", () => {
  const line = queue();
  line.add(waiting("noisy", 0));
  line.add(waiting("noisy", 400));
  assert.ok(line.isShut("noisy", 800));
  line.take(1, none);
  assert.equal(line.isShut("noisy", 800), false, "the next one has waited for 400 ms");
});

test("what is new and was not begun with in time is told so; what was taken on waits as long as its caller", () => {
  const line = queue();
  const [late, later, taken] = [waiting("m", 0), waiting("m", 100), waiting("m", 0, true)];
  for (const one of [late, later, taken]) line.add(one);
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
  const order = line.take(4, none).map(({ command, since }) => `${command.merchantId} ${since}`);
  assert.deepEqual(order, ["noisy 9", "noisy 0", "quiet 9", "noisy 1"]);
});
