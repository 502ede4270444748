import assert from "node:assert/strict";
import { test } from "node:test";
import { findAll, type Found, type Hunt } from "./hunt.ts";
import { planted } from "./planted.ts";
import { tellFound } from "./report.ts";

const [early, late, never] = [planted[0]!, planted[1]!, planted[2]!];
const shows = new Map([
  [early, 7],
  [late, 612],
]);

/** Looks for three bugs: one shows soon, one late, one not at all. `looks`: so often there is time. */
async function hunt(looks: number) {
  const begun: string[] = [];
  const told: Found[] = [];
  const ports: Hunt = {
    bugs: [never, late, early],
    within: 1_000,
    inTime: () => begun.length < looks,
    look: async (bug, from, count) => {
      begun.push(`${bug.name} ${from} ${count}`);
      const seed = shows.get(bug);
      return seed !== undefined && seed >= from && seed < from + count ? { seed, violations: ["I01"] } : undefined;
    },
    onFound: (one) => void told.push(one),
  };
  const found = await findAll(ports);
  assert.deepEqual(told, found);
  const said: string[] = [];
  const good = tellFound((line) => void said.push(line), found, 1_000);
  return { begun, seeds: Object.fromEntries(found.map(({ bug, seed }) => [bug.name, seed])), said, good };
}

test("every bug gets a few seeds before one gets many, and none gets the same seed twice", async () => {
  const { begun, seeds, said, good } = await hunt(Infinity);
  assert.deepEqual(begun, [
    `${never.name} 1 100`,
    `${late.name} 1 100`,
    `${early.name} 1 100`,
    `${never.name} 101 400`,
    `${late.name} 101 400`,
    `${never.name} 501 500`,
    `${late.name} 501 500`,
  ]);
  assert.deepEqual(seeds, { [early.name]: 7, [late.name]: 612, [never.name]: null });
  assert.deepEqual(said, [`missed: ${never.name}`, "2 of 3 planted bugs found within 1000 seeds"]);
  assert.ok(!good);
});

test("what there was no time for is told, and is no failure", async () => {
  const { seeds, said, good } = await hunt(3);
  assert.deepEqual(seeds, { [early.name]: 7, [late.name]: null, [never.name]: null });
  assert.equal(said[0], `left out for lack of time: ${never.name}, ${late.name}`);
  assert.ok(good);
});
