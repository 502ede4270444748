import assert from "node:assert/strict";
import { test } from "node:test";
import { isFaults } from "./field-errors.ts";
import { readIdempotenceKey, repeatHeaders } from "./idempotence-key.ts";
import { readApprovePayout } from "./read-approve.ts";
import { readFindPayouts } from "./read-find.ts";

const faultsOf = (read: unknown): readonly string[] =>
  isFaults(read) ? read.errors.map(({ code, propertyName }) => `${code} ${propertyName}`) : [];

test("an approval without a body, with an empty one and with {} names no date", () => {
  for (const body of [undefined, null, "", {}, { datePayout: null }, { datePayout: "" }, { other: 1 }])
    assert.deepEqual(readApprovePayout(body), { datePayout: null });
  assert.deepEqual(readApprovePayout({ datePayout: "20150102" }), { datePayout: "20150102" });
});

test("a date of approval that is none is refused", () => {
  for (const datePayout of ["20150230", "tomorrow", 20150102, { a: 1 }])
    assert.deepEqual(faultsOf(readApprovePayout({ datePayout })), ["21000999 datePayout"]);
  assert.deepEqual(faultsOf(readApprovePayout([])), ["21000999 undefined"]);
});

test("a find without parameters is the first ten of everything", () => {
  const all = { merchantReference: null, merchantOrderId: null, offset: 0, limit: 10 };
  assert.deepEqual(readFindPayouts(new URLSearchParams("")), all);
  assert.deepEqual(
    readFindPayouts(new URLSearchParams("merchantReference=Acme%201&merchantOrderId=7&offset=20&limit=100&x=y")),
    {
      merchantReference: "Acme 1",
      merchantOrderId: 7,
      offset: 20,
      limit: 100,
    },
  );
});

test("a parameter that says nothing, or too much, is refused rather than left out of account", () => {
  const faults = (query: string) => faultsOf(readFindPayouts(new URLSearchParams(query)));
  for (const limit of ["0", "101", "-1", "undefined", "1.5", "1000"])
    assert.deepEqual(faults(`limit=${limit}`), ["21000050 limit"]);
  assert.deepEqual(faults("limit="), ["20001000 limit"]);
  assert.deepEqual(faults("offset=-1&merchantOrderId=x"), ["21000050 merchantOrderId", "21000050 offset"]);
  assert.deepEqual(faults("merchantReference="), ["20001000 merchantReference"]);
  assert.deepEqual(faults(`merchantReference=${"x".repeat(31)}`), ["21000999 merchantReference"]);
});

test("an idempotence key is up to forty ASCII characters", () => {
  const read = (key: string | undefined) => readIdempotenceKey({ "x-gcs-idempotence-key": key });
  assert.equal(read(undefined), null);
  assert.equal(read(""), null);
  assert.equal(read("15eabcd5-30b3-479b-ae03-67bb351c07e6"), "15eabcd5-30b3-479b-ae03-67bb351c07e6");
  assert.equal(read("x".repeat(40)), "x".repeat(40));
  for (const key of ["x".repeat(41), "é", "a\tb"])
    assert.deepEqual(faultsOf(read(key)), ["21000999 X-GCS-Idempotence-Key"]);
  assert.deepEqual(repeatHeaders(1402061983123.5), { "x-gcs-idempotence-request-timestamp": "1402061983123" });
});
