import assert from "node:assert/strict";
import { test } from "node:test";
import { Lookups } from "./lookups.ts";

function lookups(answers: Record<string, string | undefined>) {
  let now = 0;
  const asked: string[] = [];
  const ask = async (key: string) => {
    asked.push(key);
    if (key === "broken") throw new Error("no database");
    return answers[key];
  };
  return { found: new Lookups(ask, { monotonic: () => now }), asked, pass: (ms: number) => (now += ms), answers };
}

test("what was found, and what was not, is believed for less than a second", async () => {
  const { found, asked, pass, answers } = lookups({ a: "A" });
  assert.deepEqual([await found.find("a"), await found.find("b")], ["A", undefined]);
  answers["a"] = undefined;
  answers["b"] = "B";
  pass(999);
  assert.deepEqual([await found.find("a"), await found.find("b")], ["A", undefined]);
  assert.equal(asked.length, 2);
  pass(1);
  assert.deepEqual([await found.find("a"), await found.find("b")], [undefined, "B"]);
});

test("a crowd asks once", async () => {
  const { found, asked } = lookups({ a: "A" });
  assert.deepEqual(await Promise.all([found.find("a"), found.find("a"), found.find("a")]), ["A", "A", "A"]);
  assert.deepEqual(asked, ["a"]);
});

test("a failure is not kept", async () => {
  const { found, asked } = lookups({});
  await assert.rejects(found.find("broken"));
  await assert.rejects(found.find("broken"));
  assert.equal(asked.length, 2);
});

test("guesses do not push out what is there, however many", async () => {
  const { found, asked } = lookups({ a: "A" });
  await found.find("a");
  for (let guess = 0; guess < 25_000; guess += 1) await found.find(`guess-${guess}`);
  const before = asked.length;
  assert.equal(await found.find("a"), "A");
  assert.equal(asked.length, before);
});
