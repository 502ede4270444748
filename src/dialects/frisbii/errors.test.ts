import assert from "node:assert/strict";
import { test } from "node:test";
import { refusals, refuse, type RefusalCode } from "../../core/refusal.ts";
import type { EdgeFault } from "../dialect.ts";
import type { Told } from "../services.ts";
import { ApiError, tellError, tellFault, tellRefusal } from "./errors.ts";
import { asked, nullsIn } from "./trial.ts";

const here = asked("POST", "/v1/payout");
const codeOf = ({ status, body }: Told) => [status, (body as { code: number }).code];

test("an error has the vendor's members and no others", () => {
  const { body, status } = tellError(new ApiError(134), here);
  assert.equal(status, 400);
  assert.deepEqual(JSON.parse(JSON.stringify(body)), {
    code: 134,
    error: "Payout already paid",
    path: "/v1/payout",
    timestamp: "2025-08-04T12:46:01.853+00:00",
    http_status: 400,
    http_reason: "Bad Request",
    request_id: "3f0c".repeat(8),
  });
});

test("every refusal of the core is answered with a code, and one that says nothing by itself with words", () => {
  for (const code of Object.keys(refusals) as RefusalCode[]) {
    const { status, body } = tellRefusal(refuse(code), here);
    const error = body as { code: number; message?: string; http_status: number };
    const ours = code === "adding_failed"; // the bank's fault, which the API calls its own
    assert.ok(status >= 400 && (status < 500 || ours) && error.http_status === status, code);
    assert.equal(error.code === 1 || error.code === 74, error.message !== undefined, code);
    assert.deepEqual(nullsIn(error), []);
  }
});

test("repeats of a create and what is wrong with a destination have codes of their own", () => {
  const expected: [RefusalCode, number, number][] = [
    ["payout_processing", 400, 133],
    ["payout_already_paid", 400, 134],
    ["payout_cancelled", 400, 1],
    ["customer_changed", 400, 136],
    ["currency_changed", 400, 72],
    ["unknown_token", 400, 34],
    ["unknown_method", 404, 40],
    ["method_inactive", 400, 42],
    ["token_used", 400, 103],
    ["token_expired", 400, 104],
    ["method_pending", 400, 128],
    ["method_cannot_pay_out", 400, 135],
    ["method_lacks_currency", 400, 139],
    ["method_failed", 400, 147],
    ["customer_deleted", 400, 71],
  ];
  for (const [code, ...words] of expected) assert.deepEqual(codeOf(tellRefusal(refuse(code), here)), words, code);
});

test("what goes wrong around an operation has words too", () => {
  const expected: [EdgeFault, number, number][] = [
    [{ kind: "unreadable", message: "the body is not JSON" }, 422, 1],
    [{ kind: "too_large" }, 413, 1],
    [{ kind: "unknown_route" }, 404, 8],
    [{ kind: "wrong_method" }, 405, 1],
    [{ kind: "rate" }, 429, 122],
    [{ kind: "concurrency" }, 429, 123],
    [{ kind: "overloaded" }, 503, 2],
    [{ kind: "unavailable" }, 503, 2],
    [{ kind: "unknown_outcome" }, 500, 2],
    [{ kind: "broken" }, 500, 2],
  ];
  for (const [fault, ...words] of expected) assert.deepEqual(codeOf(tellFault(fault, here)), words, fault.kind);
});

test("a list that takes too long is told to be shortened", () => {
  const { status, body } = tellFault({ kind: "too_slow" }, asked("GET", "/v1/list/payout"));
  const { code, error } = body as { code: number; error: string };
  assert.deepEqual([status, code, error], [400, 144, "Query took too long, adjust time range"]);
});
