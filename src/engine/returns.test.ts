import assert from "node:assert/strict";
import { test } from "node:test";
import type { Rail } from "../rails/rail.ts";
import { followReturns } from "./returns.ts";

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
  await assert.rejects(followReturns(rail, ports));
  assert.equal(cursor, "", "the next run begins there again");
  silent = false;
  assert.equal(await followReturns(rail, ports), 2);
  assert.deepEqual([seen, cursor], [["B", "A", "B"], "2"]);
  assert.equal(await followReturns(rail, ports), 0);
  const mute = { ...rail, rules: { ...rail.rules, class: "neither" } } as unknown as Rail;
  cursor = "";
  assert.deepEqual([await followReturns(mute, ports), cursor], [0, ""], "a list is a hint, and there is nobody to ask");
});
