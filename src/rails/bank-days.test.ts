import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeBank } from "../testing/banks.ts";
import { mondayToFriday, takesTransfers } from "./bank-days.ts";
import { expectSound } from "./rail.ts";

const frankfurt = mondayToFriday("Europe/Berlin", ["2026-04-03", "2026-12-25"]);
const takes = (at: string): boolean => takesTransfers(frankfurt, Date.parse(at));

test("a bank that declares no days takes transfers around the clock", () => {
  for (const at of ["2026-11-21T12:00:00Z", "2026-12-25T00:00:00Z"])
    assert.equal(takesTransfers(undefined, Date.parse(at)), true, at);
});

test("weekends and holidays are no bank days, and the days around them are", () => {
  const week = ["20", "21", "22", "23"].map((day) => takes(`2026-11-${day}T12:00:00Z`));
  assert.deepEqual(week, [true, false, false, true]); // Friday to Monday
  assert.deepEqual(
    ["2026-04-02", "2026-04-03", "2026-12-24", "2026-12-25"].map((day) => takes(`${day}T12:00:00Z`)),
    [true, false, true, false],
  );
});

test("a day begins and ends at midnight where the bank is, in winter and in summer", () => {
  assert.deepEqual([takes("2026-11-20T22:59:59.999Z"), takes("2026-11-20T23:00:00Z")], [true, false]);
  assert.deepEqual([takes("2026-11-22T22:59:59.999Z"), takes("2026-11-22T23:00:00Z")], [false, true]);
  assert.deepEqual([takes("2026-06-21T21:59:59.999Z"), takes("2026-06-21T22:00:00Z")], [false, true]);
});

test("a rail whose bank days are in no time zone is refused at the start", () => {
  const rail = (timezone: string) => new FakeBank({ name: "a-bank", bankDays: mondayToFriday(timezone, []) }).rail();
  expectSound(rail("Europe/Berlin"));
  assert.throws(() => expectSound(rail("Europe/Atlantis")), /a-bank has bank days in Europe\/Atlantis, which is no/);
});
