import assert from "node:assert/strict";
import { test } from "node:test";
import type { RailRules } from "../rails/rail.ts";
import { RailGate } from "./gate.ts";

const rules: RailRules = {
  name: "bank",
  class: "asks",
  fences: true,
  horizonMs: 0,
  timeoutMs: 10_000,
  concurrency: 32,
  statementTextLength: 22,
  merchantReferenceLength: 22,
};

/** A gate that ten silences have closed, and its clock. */
function closedGate(over: Partial<RailRules> = {}) {
  const clock = { now: 0 };
  const gate = new RailGate({ ...rules, ...over }, { monotonic: () => clock.now, chance: () => 1 });
  for (let silence = 0; silence < 10; silence += 1) gate.heard(false);
  return { gate, clock };
}

test("ten silences in a row close the gate, and time alone does not open it: the bank has to answer a question", () => {
  const { gate, clock } = closedGate();
  assert.deepEqual([gate.closed, gate.sends.free(), gate.sends.take("m")], [true, 0, false]);
  clock.now = 3 * 86_400_000;
  assert.equal(gate.sends.free(), 0, "half open, it lets no payment through");
  assert.ok(gate.questions.take("m"), "but questions");
  gate.heard(true);
  assert.deepEqual([gate.closed, gate.recovering], [false, true]);
});

test("an answer among silences keeps the gate open", () => {
  const { gate } = closedGate();
  gate.heard(true);
  for (let round = 0; round < 5; round += 1) {
    for (let silence = 0; silence < 9; silence += 1) gate.heard(false);
    gate.heard(true);
  }
  assert.equal(gate.closed, false);
});

test("a bank that is down is tried by a question after 5 seconds, 10, 20, … up to once a minute", () => {
  const { gate, clock } = closedGate();
  const tries: number[] = [];
  for (; clock.now <= 300_000; clock.now += 1_000) if (gate.probes()) tries.push(clock.now / 1_000);
  assert.deepEqual(tries, [5, 15, 35, 75, 135, 195, 255]);
  gate.heard(true);
  assert.equal(gate.probes(), false);
});

test("a bank that is back gets a few payments at a time, and with each answer one more", () => {
  const { gate } = closedGate();
  gate.heard(true);
  assert.equal(gate.sends.free(), 8);
  for (let answer = 1; answer <= 24; answer += 1) gate.heard(true);
  assert.deepEqual([gate.sends.free(), gate.recovering], [32, false]);
});

test("questions are fewer while a bank is down", () => {
  const { gate } = closedGate();
  assert.equal(gate.questions.free(), 8);
  gate.heard(true);
  assert.equal(gate.questions.free(), 64);
});

test("where nobody can be asked, one payment at a time finds out whether the bank is back", () => {
  const { gate, clock } = closedGate({ class: "neither", fences: false });
  assert.equal(gate.sends.free(), 0);
  clock.now = 5_000;
  assert.equal(gate.probes(), false);
  assert.deepEqual([gate.sends.take("m"), gate.sends.take("m")], [true, false]);
  gate.sends.committed("m");
  gate.heard(false);
  gate.sends.release();
  assert.equal(gate.sends.free(), 0, "and after a silence, not before a longer pause");
  clock.now = 15_000;
  assert.ok(gate.sends.take("m"));
  gate.heard(true);
  assert.equal(gate.closed, false);
});

test("a bank that is back is not waited for in line: only a gate that is wide open has room again soon", () => {
  const { gate } = closedGate();
  assert.equal(gate.isWide, false);
  gate.heard(true);
  assert.equal(gate.isWide, false, "a few at a time");
  for (let answer = 1; answer <= 24; answer += 1) gate.heard(true);
  assert.ok(gate.isWide);
  while (gate.sends.take("m"));
  assert.ok(gate.isWide, "however much is under way");
});
