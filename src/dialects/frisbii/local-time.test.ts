import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { civilOf, instantOf, readLocal, writeCivil } from "./local-time.ts";

const zones = ["UTC", "Europe/Copenhagen", "America/St_Johns", "Pacific/Auckland", "Asia/Kathmandu", "Pacific/Apia"];
const iso = (at: number | undefined) => (at === undefined ? undefined : new Date(at).toISOString());

test("a local time is read as the clock of the account shows it", () => {
  assert.equal(iso(readLocal("2021-10-06T13:02:23.190", "Europe/Copenhagen")), "2021-10-06T11:02:23.190Z");
  assert.equal(iso(readLocal("2021-12-06T13:02:23.19", "Europe/Copenhagen")), "2021-12-06T12:02:23.190Z");
  assert.equal(iso(readLocal("2021-10-06", "Europe/Copenhagen")), "2021-10-05T22:00:00.000Z");
  assert.equal(iso(readLocal("2021-10-06T13:02", "Asia/Kathmandu")), "2021-10-06T07:17:00.000Z");
});

test("a time that comes twice is the first of the two; one that never comes is as much later as the clock jumped", () => {
  assert.equal(iso(readLocal("2021-10-31T02:30:00", "Europe/Copenhagen")), "2021-10-31T00:30:00.000Z");
  assert.equal(iso(readLocal("2021-03-28T02:30:00", "Europe/Copenhagen")), "2021-03-28T01:30:00.000Z");
  assert.equal(iso(readLocal("2011-12-30T12:00:00", "Pacific/Apia")), "2011-12-30T22:00:00.000Z"); // a day left out
});

test("with an offset it is an instant, whatever the account's clock shows", () => {
  assert.equal(iso(readLocal("2021-10-06T13:02:23Z", "Asia/Kathmandu")), "2021-10-06T13:02:23.000Z");
  assert.equal(iso(readLocal("2021-10-06T13:02:23.853+00:00", "Asia/Kathmandu")), "2021-10-06T13:02:23.853Z");
  assert.equal(iso(readLocal("2021-10-06T13:02:23-0330", "UTC")), "2021-10-06T16:32:23.000Z");
});

test("what is on no calendar and no clock is not read", () => {
  const bad = [
    "2021-02-30",
    "2021-13-01",
    "2021-00-10",
    "2021-1-1",
    "1969-12-31",
    "2021-10-06T24:00",
    "2021-10-06T12:60",
  ];
  const worse = ["", "now", "2021-10-06 12:00", "2021-10-06T", "2021-10-06T12", "10000-01-01", "2021-10-06T12:00:00,5"];
  for (const text of [...bad, ...worse]) assert.equal(readLocal(text, "UTC"), undefined, text);
});

test("what a clock shows leads back to its instant, but for the second of two hours", () => {
  const instants = fc.integer({ min: 86_400_000, max: Date.UTC(2060, 0, 1) });
  fc.assert(
    fc.property(instants, fc.constantFrom(...zones), (at, zone) => {
      const civil = civilOf(at, zone);
      const back = instantOf(civil, zone);
      assert.ok(back === at || (back < at && civilOf(back, zone) === civil), `${at} in ${zone}`);
    }),
    { numRuns: 2_000 },
  );
});

test("it is written without an offset", () => {
  const civil = civilOf(Date.UTC(2021, 9, 6, 11, 2, 23, 190), "Europe/Copenhagen");
  assert.equal(writeCivil(civil), "2021-10-06T13:02:23.190");
});
