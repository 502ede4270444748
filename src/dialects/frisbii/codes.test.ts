import assert from "node:assert/strict";
import { test } from "node:test";
import { codes, errorCodes } from "./codes.ts";

test("the list of error codes is complete: 0 to 167 but for the three that are unused, and 209", () => {
  const unused = [16, 92, 126];
  const all = [...Array(168).keys(), 209].filter((code) => !unused.includes(code));
  assert.deepEqual(
    errorCodes.map(({ code }) => code),
    all,
  );
  assert.deepEqual(errorCodes[0], { code: 0, error: "Ok", http_code: 200 });
});

test("what was not found is 404, from 148 on as before", () => {
  for (const { error, http_code: http } of errorCodes.slice(-20)) {
    assert.equal(http === 404, error.includes("not found"), error);
  }
});

test("the codes of a payout have the vendor's status and words", () => {
  assert.deepEqual(codes[133], { http: 400, error: "Payout processing" });
  assert.deepEqual(codes[134], { http: 400, error: "Payout already paid" });
  assert.deepEqual(codes[136], { http: 400, error: "Customer cannot be changed on payout" });
  assert.deepEqual(codes[137], { http: 404, error: "Payout not found" });
  assert.deepEqual(codes[146], { http: 422, error: "Non positive amount" });
});
