import assert from "node:assert/strict";
import { test } from "node:test";
import { Drill } from "./testing/drill.ts";

test("a restored database pays nothing twice, though its bank remembers nothing: it is frozen, armed, and at rest agrees with the bank", async () => {
  const settings = { each: 2, bank: "forgets", restored: "copy", guarded: true, patient: false } as const;
  const { seconds: _, transfers, ...shown } = await Drill.run(settings);
  assert.deepEqual(shown, {
    payouts: 32,
    paidTwice: 0,
    wrong: [],
    listed: 2,
    difference: 0,
    otherAmount: [400, 134],
  });
  assert.ok(transfers.before > 20);
  assert.equal(transfers.whileFrozen, 0);
});
