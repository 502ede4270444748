import assert from "node:assert/strict";
import { test } from "node:test";
import type { Rail } from "../rails/rail.ts";
import { returnsFollower } from "./returns.ts";

const rail = {
  rules: { name: "bank", class: "asks" },
  list: (cursor: string) => Promise.resolve({ references: cursor === "" ? ["A", "B"] : [], cursor: "2" }),
} as unknown as Rail;

test("a list of returns is followed on only after everything in it was looked at, and one that cannot be does not hide the others", async () => {
  let cursor = "";
  const seen: string[] = [];
  let silent = true;
  const ports = {
    readCursor: () => Promise.resolve(cursor),
    saveCursor: (_: string, next: string) => Promise.resolve(void (cursor = next)),
    lookAt: async (reference: string) => {
      if (reference === "A" && silent) throw new Error("the bank did not answer");
      seen.push(reference);
    },
  };
  const follow = returnsFollower(rail, ports);
  await assert.rejects(follow());
  assert.equal(cursor, "", "the next run begins there again");
  silent = false;
  assert.equal(await follow(), 2);
  assert.deepEqual([seen, cursor], [["B", "A"], "2"], "what was looked at is not looked at again");
  assert.equal(await follow(), 0);
  const mute = { ...rail, rules: { ...rail.rules, class: "neither" } } as unknown as Rail;
  cursor = "";
  assert.deepEqual(
    [await returnsFollower(mute, ports)(), cursor],
    [0, ""],
    "a list is a hint, and nobody can be asked",
  );
});

test("a long list is followed to its end in one run though one answer in ten is lost", async () => {
  let cursor = "";
  let asked = 0;
  const references = Array.from({ length: 500 }, (_, n) => `R${n}`);
  const long = { ...rail, list: async () => ({ references: cursor === "" ? references : [], cursor: "500" }) } as Rail;
  let [underWay, most] = [0, 0];
  const follow = returnsFollower(long, {
    readCursor: () => Promise.resolve(cursor),
    saveCursor: (_: string, next: string) => Promise.resolve(void (cursor = next)),
    lookAt: async () => {
      asked += 1;
      const isLost = asked % 10 === 0;
      underWay += 1;
      most = Math.max(most, underWay);
      await Promise.resolve();
      underWay -= 1;
      if (isLost) throw new Error("the bank did not answer");
    },
  });
  assert.equal(await follow(), 500);
  assert.deepEqual([cursor, asked], ["500", 555]);
  assert.equal(most, 16, "who is waited for does not keep all the others waiting");
});

test("a page without a return is followed by the next one at once, and a bank that is down is not pressed", async () => {
  let cursor = "";
  let asked = 0;
  const pages = ["", "1", "2"];
  const list = async (from: string) => {
    const next = pages[pages.indexOf(from) + 1];
    return { references: from === "1" ? ["A", "B"] : [], cursor: next ?? from };
  };
  const follow = returnsFollower(
    { ...rail, list },
    {
      readCursor: () => Promise.resolve(cursor),
      saveCursor: (_: string, next: string) => Promise.resolve(void (cursor = next)),
      lookAt: async () => {
        asked += 1;
        if (asked <= 2) throw new Error("the bank did not answer");
      },
    },
  );
  assert.deepEqual([await follow(), cursor], [1, "1"]);
  await assert.rejects(follow());
  assert.equal(asked, 2);
  assert.deepEqual([await follow(), cursor], [2, "2"]);
  assert.equal(await follow(), 0);
});
