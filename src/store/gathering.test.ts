import assert from "node:assert/strict";
import { test } from "node:test";
import { Gathering } from "./gathering.ts";

/** A gathering whose reads are answered when the test says so: each key by itself in capitals. */
function gathering() {
  const reads: {
    readonly group: string;
    readonly keys: readonly string[];
    answer(): void;
    fail(error: Error): void;
  }[] = [];
  const asked = new Gathering<string>(
    (group, keys) =>
      new Promise((resolve, reject) => {
        const found = () =>
          new Map(keys.filter((key) => key !== "none").map((key) => [key, `${group} ${key.toUpperCase()}`]));
        reads.push({ group, keys, answer: () => resolve(found()), fail: reject });
      }),
  );
  return { asked, reads };
}
const turn = () => new Promise((resolve) => setImmediate(resolve));

test("who asks alone is read for at once; who asks meanwhile shares the next read, and not the one under way", async () => {
  const { asked, reads } = gathering();
  const first = asked.ask("m", "a");
  const [second, same, again, none] = [
    asked.ask("m", "b"),
    asked.ask("m", "b"),
    asked.ask("m", "a"),
    asked.ask("m", "none"),
  ];
  assert.deepEqual(
    reads.map(({ keys }) => keys),
    [["a"]],
  );
  reads[0]!.answer();
  assert.equal(await first, "m A");
  await turn();
  assert.deepEqual(
    reads.map(({ keys }) => keys),
    [["a"], ["b", "a", "none"]],
    "read anew: it may have changed",
  );
  reads[1]!.answer();
  assert.deepEqual(await Promise.all([second, same, again, none]), ["m B", "m B", "m A", undefined]);
});

test("merchants do not wait for each other, and are never read for together", async () => {
  const { asked, reads } = gathering();
  const both = [asked.ask("m", "a"), asked.ask("n", "a")];
  assert.deepEqual(
    reads.map(({ group, keys }) => [group, keys]),
    [
      ["m", ["a"]],
      ["n", ["a"]],
    ],
  );
  reads.forEach((read) => read.answer());
  assert.deepEqual(await Promise.all(both), ["m A", "n A"]);
});

test("a read that fails is told to those whose it was, and the next goes on", async () => {
  const { asked, reads } = gathering();
  const first = asked.ask("m", "a");
  const second = asked.ask("m", "b");
  reads[0]!.fail(new Error("away"));
  await assert.rejects(first, /away/);
  await turn();
  reads[1]!.answer();
  assert.equal(await second, "m B");
});

test("a crowd is read for in parts", async () => {
  const { asked, reads } = gathering();
  const all = Array.from({ length: 251 }, (_, index) => asked.ask("m", `k${index}`));
  for (let read = 0; read < 4; read += 1) {
    await turn();
    reads[read]!.answer();
  }
  assert.equal((await Promise.all(all)).at(-1), "m K250");
  assert.deepEqual(
    reads.map(({ keys }) => keys.length),
    [1, 100, 100, 50],
  );
});
