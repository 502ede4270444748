import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { plant } from "./plant.ts";
import { planted } from "./planted.ts";
import { runSeeds } from "./pool.ts";
import { goals } from "./report.ts";
import { runSeed } from "./run.ts";
import { shrink } from "./shrink.ts";
import { countOf } from "./summary.ts";

const worker = new URL("./worker.js", import.meta.url);

test("fifty seeds keep every promise, and go the same way twice", async () => {
  const summary = await runSeeds({ worker, threads: 2, from: 1, count: 50, untilFailure: false });
  assert.deepEqual(summary.failures, []);
  assert.equal(summary.seeds, 50);
  assert.ok(summary.payouts > 250, `${summary.payouts} payouts`);
  assert.deepEqual([summary.repeated, summary.mismatches], [1, 0]);
  const often = goals.filter((goal) => (summary.goals[goal] ?? 0) >= 5);
  assert.ok(often.length >= 8, `reached often: ${often.join(", ")}`);
});

test("a seed tells the same story each time, another one another", async () => {
  const story = async (seed: number): Promise<string[]> => {
    const lines: string[] = [];
    await runSeed({ seed, trace: (line) => lines.push(line) });
    return lines;
  };
  const [first, again, other] = [await story(7), await story(7), await story(8)];
  assert.deepEqual(again, first);
  assert.notDeepEqual(other, first);
});

test("only the faults that are asked for happen", async () => {
  const { fired } = await runSeed({ seed: 11 });
  assert.ok(fired.length > 1);
  const [one] = fired;
  const alone = await runSeed({ seed: 11, only: new Set([one!]) });
  assert.ok(alone.fired.every((name) => name === one));
});

test("every planted bug still has its place in the code", () => {
  const root = fileURLToPath(new URL("../../", import.meta.url));
  for (const { name, edits } of planted)
    for (const { file, find } of edits)
      assert.equal(readFileSync(join(root, "src", file), "utf8").split(find).length, 2, `${name} in ${file}`);
  assert.ok(planted.length >= 20);
  assert.equal(new Set(planted.map(({ name }) => name)).size, planted.length);
});

test("a planted bug is found, as the promise that it breaks", async () => {
  const found = async (name: string) => {
    const garden = await plant(planted.find((bug) => bug.name === name)!);
    try {
      return await runSeeds({ worker: garden.worker, threads: 2, from: 1, count: 100, untilFailure: true });
    } finally {
      garden.remove();
    }
  };
  assert.ok(countOf(await found("5xx-is-a-no"), "I0") > 0);
  const twice = await found("lost-commit-is-aborted"); // what was decided twice is lost, or leaves under another reference
  assert.ok(countOf(twice, "I08") + countOf(twice, "W1") > 0);
});

test("a failure is told with few of its faults", async () => {
  const bug = planted.find(({ name }) => name === "timeout-is-failure")!;
  const garden = await plant(bug);
  try {
    const { failures } = await runSeeds({ worker: garden.worker, threads: 2, from: 1, count: 100, untilFailure: true });
    const { shrink: shrinkThere } = (await import(new URL("shrink.js", garden.worker).href)) as {
      shrink: typeof shrink;
    };
    const { seed, violations } = failures[0]!;
    const shrunk = await shrinkThere(seed, 12);
    assert.ok(shrunk.violations.includes(violations[0]!));
    assert.ok(shrunk.faults.length < (await runSeed({ seed })).fired.length);
  } finally {
    garden.remove();
  }
});
