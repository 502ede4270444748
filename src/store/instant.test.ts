import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { readInstant } from "./db.ts";

test("an instant is read to the millisecond as PostgreSQL writes it, whatever the zone of the connection and however many decimals", () => {
  assert.equal(readInstant("2026-11-21 10:11:41+00"), Date.UTC(2026, 10, 21, 10, 11, 41));
  assert.equal(readInstant("2026-11-21 10:11:41.1+00"), Date.UTC(2026, 10, 21, 10, 11, 41, 100));
  assert.equal(readInstant("2026-11-21 10:11:41.094999+00"), Date.UTC(2026, 10, 21, 10, 11, 41, 94));
  assert.equal(readInstant("2026-11-21 15:41:41.094+05:30"), Date.UTC(2026, 10, 21, 10, 11, 41, 94));
  assert.equal(readInstant("2026-11-21 05:11:41.094-05"), Date.UTC(2026, 10, 21, 10, 11, 41, 94));
  const instants = fc.date({ min: new Date("1900-01-01"), max: new Date("9999-12-31"), noInvalidDate: true });
  fc.assert(
    fc.property(instants, (date) => {
      const text = date.toISOString().replace("T", " ").replace("Z", "+00");
      assert.equal(readInstant(text), date.getTime());
    }),
  );
});
