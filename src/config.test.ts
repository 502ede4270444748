import assert from "node:assert/strict";
import { test } from "node:test";
import { ConfigFault, readConfig } from "./config.ts";

const faultsOf = (environment: Record<string, string>): string => {
  try {
    readConfig(environment);
    return "none";
  } catch (error) {
    assert.ok(error instanceof ConfigFault);
    return error.message;
  }
};

test("events of the Frisbii API are renamed, each to a name of its own", () => {
  const read = (text: string) => readConfig({ DISBURSE_FRISBII_EVENT_NAMES: text }).frisbiiEventNames;
  assert.deepEqual(read("payout_paid=payout_settled, payout_failed=payout_declined"), {
    payout_paid: "payout_settled",
    payout_failed: "payout_declined",
  });
  assert.deepEqual(read("payout_paid=payout_failed,payout_failed=payout_paid"), {
    payout_paid: "payout_failed",
    payout_failed: "payout_paid",
  });
  assert.deepEqual(readConfig({}).frisbiiEventNames, {});
  const cases: [string, RegExp][] = [
    ["payout_paid", /must be pairs/],
    ["payout_paid=Paid", /must be pairs/],
    ["payout_paid=a,", /must be pairs/],
    ["invoice_settled=paid", /invoice_settled is none of payout_created, /],
    ["__proto__=paid", /is none of/],
    ["payout_paid=a,payout_paid=b", /payout_paid has two/],
    ["payout_paid=customer_created", /two would have the same/],
  ];
  for (const [text, expected] of cases) assert.match(faultsOf({ DISBURSE_FRISBII_EVENT_NAMES: text }), expected, text);
});

test("pauses between deliveries are read, and all faults are told at once", () => {
  const read = (text: string) => readConfig({ DISBURSE_WEBHOOK_RETRIES: text }).webhookRetries;
  const [minute, hour] = [60_000, 3_600_000];
  assert.deepEqual(read("5m, 15m,1h*3,30s,1d"), [5 * minute, 15 * minute, hour, hour, hour, 30_000, 24 * hour]);
  assert.equal(readConfig({}).webhookRetries, undefined);
  for (const text of ["0m", "5", "m", "5m*0", "8d", "5m,,5m", "-5m", "1.5h", "1h*201", "1h*200,1m", "5w"])
    assert.match(faultsOf({ DISBURSE_WEBHOOK_RETRIES: text }), /DISBURSE_WEBHOOK_RETRIES must be pauses such as/, text);
  const both = faultsOf({ DISBURSE_WEBHOOK_RETRIES: "x", DISBURSE_FRISBII_EVENT_NAMES: "x", PORT: "x" });
  assert.match(both, /PORT must be[^]*EVENT_NAMES must be[^]*RETRIES must be/);
});

test("the window of signed requests is a quarter of an hour, or so many minutes", () => {
  assert.equal(readConfig({}).worldlineWindowMs, 15 * 60_000);
  assert.equal(readConfig({ DISBURSE_WORLDLINE_WINDOW_MINUTES: "5" }).worldlineWindowMs, 5 * 60_000);
  for (const text of ["0", "1441", "-5", "5m"])
    assert.match(faultsOf({ DISBURSE_WORLDLINE_WINDOW_MINUTES: text }), /must be a whole number from 1 to 1440/, text);
});
