import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { refusals, refuse, type RefusalCode } from "../../core/refusal.ts";
import type { EdgeFault } from "../dialect.ts";
import { codes, type Code, type CodeName } from "./codes.ts";
import { apiError, tellErrors, tellRejected } from "./errors.ts";
import { tellFault } from "./faults.ts";
import { missing } from "./field-errors.ts";
import { errorOf, tellRefusal, wordsOf, type Call } from "./refusals.ts";

const errorId = "8a41a5dd-7366-4026-a41b-e98c56808edd";
const answering = { errorId, requestId: "24146" };

test("a missing property is told as the reference shows it", () => {
  assert.deepEqual(tellErrors(missing("bankAccountBban.accountNumber").errors, answering), {
    status: 400,
    body: {
      errorId,
      errors: [
        {
          category: "CONNECT_PLATFORM_ERROR",
          code: "20000000",
          httpStatusCode: 400,
          id: "PARAMETER_NOT_FOUND_IN_REQUEST",
          message: "PARAMETER_NOT_FOUND_IN_REQUEST",
          propertyName: "bankAccountBban.accountNumber",
          requestId: "24146",
        },
      ],
    },
  });
});

test("approving what is not pending is told as the reference shows it", () => {
  const told = tellRefusal(refuse("wrong_state", { state: "paid", event: "approved" }), "approve", answering);
  assert.deepEqual(told, {
    status: 402,
    body: {
      errorId,
      errors: [
        {
          category: "PAYMENT_PLATFORM_ERROR",
          code: "410110",
          httpStatusCode: 402,
          id: "UNKNOWN_ORDER_OR_NOT_PENDING",
          message: "UNKNOWN_ORDER_OR_NOT_PENDING",
          requestId: "24146",
        },
      ],
    },
  });
});

test("a refused create carries the payout that was recorded", () => {
  const result = { id: "00000002001000059614000-100001", status: "REJECTED" };
  assert.deepEqual(tellRejected([apiError("refused")], result, { errorId }), {
    status: 402,
    body: {
      errorId,
      errors: [
        {
          category: "PAYMENT_PLATFORM_ERROR",
          code: "430330",
          httpStatusCode: 402,
          id: "NOT_AUTHORISED",
          message: "Not authorised",
        },
      ],
      payoutResult: result,
    },
  });
});

test("a request that is not signed is told as the SDK shows it", () => {
  assert.deepEqual(tellErrors([apiError("unauthorised")], { errorId: "fbd8d914-c889-45d3-a396-9e0d9ff9db88" }), {
    status: 403,
    body: {
      errorId: "fbd8d914-c889-45d3-a396-9e0d9ff9db88",
      errors: [
        {
          category: "CONNECT_PLATFORM_ERROR",
          code: "9002",
          httpStatusCode: 403,
          id: "MISSING_OR_INVALID_AUTHORIZATION",
          message: "MISSING_OR_INVALID_AUTHORIZATION",
        },
      ],
    },
  });
});

test("a repeat while the first is under way is one error with the text code 1409, by which clients know it", () => {
  const { status, body } = tellErrors([apiError("inProgress")], { errorId });
  const { errors } = body as { errors: { code: string; message: string }[] };
  assert.deepEqual([status, errors.length, errors[0]?.code], [409, 1, "1409"]);
  assert.equal(errors[0]?.message, "DUPLICATE REQUEST IN PROGRESS");
});

test("the same refusal has the words of the call", () => {
  const told = (refused: RefusalCode, call: Call) => {
    const { httpStatusCode, code, propertyName } = errorOf(refuse(refused), call);
    return [httpStatusCode, code, propertyName].filter((part) => part !== undefined).join(" ");
  };
  assert.equal(told("wrong_state", "approve"), "402 410110");
  assert.equal(told("wrong_state", "cancel"), "402 400210");
  assert.equal(told("wrong_state", "cancelapproval"), "402 400210");
  assert.equal(told("insufficient_funds", "approve"), "402 99000001");
  assert.equal(errorOf(refuse("insufficient_funds"), "approve").id, "INSUFFICIENT_BALANCE");
  for (const call of ["approve", "cancel", "cancelapproval", "other"] as const)
    assert.equal(told("unknown_payout", call), "404 1002 payoutId");
  assert.equal(told("unknown_token", "create"), "400 21000999 cardPayoutMethodSpecificInput.token");
  assert.equal(told("unknown_token", "tokens"), "404 99000003 tokenId");
  assert.equal(told("frozen", "approve"), "402 99000002");
  assert.equal(
    errorOf(refuse("method_lacks_currency", { currency: "DKK" }), "create").message,
    "NO VALID PROVIDERS FOUND FOR COMBINATION CURRENCYCODE: DKK",
  );
});

test("every refusal has words for every call, and none is a fault of ours", () => {
  for (const refused of Object.keys(refusals) as RefusalCode[]) {
    for (const call of ["create", "approve", "cancel", "cancelapproval", "tokens", "other"] as const) {
      const { httpStatusCode, message } = errorOf(refuse(refused), call);
      assert.ok([400, 402, 403, 404, 409].includes(httpStatusCode) && message !== "", `${refused} at ${call}`);
    }
  }
});

test("docs/dialects.md has every refusal with its code, or its code for each call", () => {
  const page = readFileSync(new URL("../../../docs/dialects.md", import.meta.url), "utf8");
  const section = page.slice(page.indexOf("### Refusals\n"), page.indexOf("### Forced outcomes\n"));
  const rows = [...section.matchAll(/^\| `(\w+)` *\| (.+?) *\| (.+?) *\|$/gm)].map(([, ...cells]) => cells.join(" | "));
  const code = (name: CodeName) => `\`${codes[name].code}\``;
  const expected = (Object.keys(refusals) as RefusalCode[]).map((refused) => {
    const words = wordsOf[refused];
    const { other, ...own } = typeof words === "string" ? { other: words } : words;
    const calls = Object.entries(own).map(([call, name]) => `${call} ${code(name)}, else `);
    return `${refused} | ${refusals[refused]} | ${calls.join("")}${code(other)}`;
  });
  assert.deepEqual(rows.sort(), expected.sort());
});

test("what goes wrong around a call is an error of this API too", () => {
  const told = (fault: EdgeFault) => {
    const { status, body } = tellFault(fault, { errorId });
    const [error] = (body as { errors: { code: string; httpStatusCode: number; propertyName?: string }[] }).errors;
    assert.equal(error?.httpStatusCode, status);
    assert.equal(error?.propertyName, undefined);
    return `${status} ${error?.code}`;
  };
  assert.equal(told({ kind: "unreadable", message: "the body is not JSON" }), "400 21000999");
  assert.equal(told({ kind: "too_large" }), "413 99000010");
  assert.equal(told({ kind: "unknown_route" }), "404 99000006");
  assert.equal(told({ kind: "wrong_method" }), "405 99000007");
  assert.equal(told({ kind: "rate" }), "429 99000008");
  assert.equal(told({ kind: "concurrency" }), "429 99000008");
  assert.equal(told({ kind: "overloaded" }), "503 99000009");
  assert.equal(told({ kind: "unavailable" }), "503 99000009");
  assert.equal(told({ kind: "unknown_outcome" }), "500 9999");
  assert.equal(told({ kind: "broken" }), "500 9999");
});

test("a code stands for one thing, with one status", () => {
  const meanings = new Map<string, string>();
  for (const { code, http, id } of Object.values<Code>(codes)) {
    assert.match(code, /^\d{4,8}$/);
    assert.equal(meanings.get(code) ?? `${http} ${id}`, `${http} ${id}`);
    meanings.set(code, `${http} ${id}`);
  }
});

test("a search that takes too long is told to be tried again", () => {
  const { status, headers } = tellFault({ kind: "too_slow" }, answering);
  assert.deepEqual([status, headers], [503, { "retry-after": "1" }]);
});
