import assert from "node:assert/strict";
import { test } from "node:test";
import { amounts } from "./amounts.ts";
import { planFor, type Plan } from "./orders.ts";
import { switches } from "./switches.ts";

const plan = (orders: string, changes: object = {}) =>
  planFor({ kind: "card", send: 1, amountMinor: 5, amountTable: false, orders, ...changes });

const decided = (changes: object): Plan => plan("", changes) as Plan;

// Frisbii, "Testing": what the amount does to a card with CVV 888.
const rows: [amountMinor: number, errorState: string, error: string][] = [
  [1003, "processing_error", "acquirer_integration_error"],
  [1004, "processing_error", "acquirer_authentication_error"],
  [1005, "processing_error", "acquirer_configuration_error"],
  [1006, "processing_error", "acquirer_rejected_error"],
  [2001, "soft_declined", "insufficient_funds"],
  [2002, "soft_declined", "settle_blocked"],
  [3001, "hard_declined", "credit_card_expired"],
  [3002, "hard_declined", "declined_by_acquirer"],
  [3003, "hard_declined", "credit_card_lost_or_stolen"],
  [3004, "hard_declined", "credit_card_suspected_fraud"],
  [3005, "hard_declined", "authorization_expired"],
  [3006, "hard_declined", "authorization_amount_exceeded"],
  [3007, "hard_declined", "authorization_voided"],
  [1337, "hard_declined", "sca_required"],
];

test("the amount decides where the amount table is asked for, row by row", () => {
  for (const [amountMinor, errorState, error] of rows) {
    const { status, decline } = decided({ amountMinor, amountTable: true });
    assert.deepEqual([status, decline?.error, decline?.errorState], ["declined", error, errorState]);
    assert.ok(decline?.code && decline.message);
  }
  assert.equal(amounts.size, rows.length + 3);
  const byAmount = (amountMinor: number) => {
    const { arrival, status, answer } = decided({ amountMinor, amountTable: true });
    return { arrival, status, answer };
  };
  assert.deepEqual(byAmount(1000), { arrival: "booked", status: "paid", answer: "truth" });
  assert.deepEqual(byAmount(1001), { arrival: "lost", status: "paid", answer: "silence" });
  assert.deepEqual(byAmount(1002), { arrival: "lost", status: "paid", answer: "error" });
  assert.deepEqual(byAmount(1999), { arrival: "booked", status: "paid", answer: "truth" });
});

test("the amount decides nothing where the table is not asked for", () => {
  for (const amountMinor of amounts.keys()) assert.deepEqual(plan("", { amountMinor }), plan(""));
});

test("every switch is known by the name that the manual gives it", () => {
  for (const name of Object.keys(switches)) {
    assert.ok(!("unknownSwitch" in plan(`pay-sandbox:${name.replace("<ms>", "20")}-0001.`)), name);
  }
});

test("an unknown switch, a time that is missing, senseless or too long is refused by name", () => {
  const bad = ["later", "Declined", "slow", "slow=", "slow=soon", "slow=3600001", "slow=99999999999", "declined=5"];
  for (const name of [...bad, "constructor", "toString=5"]) {
    assert.deepEqual(plan(`sandbox:${name}`), { unknownSwitch: name });
  }
});

test("text that holds no switch is no order", () => {
  for (const text of ["", "sandbox", "our sandbox: a test", "sandbox:", "sandbox:=", "Sandbox:declined"]) {
    assert.deepEqual(plan(text), plan(""));
  }
});
