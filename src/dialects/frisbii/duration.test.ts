import assert from "node:assert/strict";
import { test } from "node:test";
import { countBack, readDuration } from "./duration.ts";

test("a duration of ISO 8601 is read in its parts", () => {
  assert.deepEqual(readDuration("P1W"), { months: 0, days: 7, ms: 0 });
  assert.deepEqual(readDuration("P1Y2M"), { months: 14, days: 0, ms: 0 });
  assert.deepEqual(readDuration("P1DT2H"), { months: 0, days: 1, ms: 7_200_000 });
  assert.deepEqual(readDuration("PT90M5S"), { months: 0, days: 0, ms: 5_405_000 });
  for (const text of ["", "P", "PT", "P1DT", "P0D", "P-1D", "-P1D", "P1.5D", "1W", "p1w", "P1W ", "P1H", "P9999999D"]) {
    assert.equal(readDuration(text), undefined, text);
  }
});

test("it is counted back on the account's calendar", () => {
  const back = (to: string, text: string, zone = "Europe/Copenhagen") =>
    new Date(countBack(Date.parse(to), readDuration(text)!, zone)).toISOString();
  assert.equal(back("2021-10-06T11:00:00Z", "P1M"), "2021-09-06T11:00:00.000Z");
  assert.equal(back("2021-03-31T10:00:00Z", "P1M"), "2021-02-28T11:00:00.000Z"); // noon on both, winter time on one
  assert.equal(back("2024-03-31T10:00:00Z", "P1M"), "2024-02-29T11:00:00.000Z");
  assert.equal(back("2021-03-28T10:00:00Z", "P1D"), "2021-03-27T11:00:00.000Z"); // that day had 23 hours
  assert.equal(back("2021-03-28T10:00:00Z", "PT24H"), "2021-03-27T10:00:00.000Z");
  assert.equal(back("2021-01-15T00:00:00Z", "P14M", "UTC"), "2019-11-15T00:00:00.000Z");
  assert.equal(back("2021-01-15T00:00:00Z", "P9999Y", "UTC"), "1970-01-01T00:00:00.000Z");
});
