import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import fc from "fast-check";
import { isRefusal } from "../../core/refusal.ts";
import { codes } from "./codes.ts";
import { readPayout, requestOf } from "./create-payout.ts";
import { ApiError, isApiError, tellError } from "./errors.ts";
import { asked, merchant, method, nullsIn, token } from "./trial.ts";

const plain = { handle: "payout-1234", destination: method.id, amount: 20_000 };
const read = (over: object) => readPayout({ ...plain, ...over });
const request = (over: object) => {
  const body = read(over);
  assert.ok(!isApiError(body) && !isRefusal(body), inspect(body));
  return requestOf(body, merchant, "1", null);
};
const refusal = (over: object): string => {
  const no = read(over);
  if (isApiError(no)) return `${no.status}/${no.code}${no.message === undefined ? "" : ` ${no.message}`}`;
  return isRefusal(no) ? no.refused : "read";
};

test("a payout needs a handle, a destination and an amount; the currency is the account's unless it says otherwise", () => {
  assert.deepEqual(request({}), {
    merchantId: "7",
    id: "1",
    door: "frisbii",
    handle: "payout-1234",
    amountMinor: 20_000n,
    currency: "DKK",
    text: null,
    statementText: null,
    merchantReference: null,
    customer: null,
    newCustomer: null,
    destination: { kind: "method", id: method.id },
    dueAt: null,
  });
  assert.equal(request({ currency: "EUR" }).currency, "EUR");
  for (const name of ["handle", "destination", "amount"]) {
    assert.equal(refusal({ [name]: undefined }), `422/1 ${name} is required`);
    assert.equal(refusal({ [name]: null }), `422/1 ${name} is required`);
  }
});

test("null and unknown members are as good as absent", () => {
  const nulls = { currency: null, text: null, customer: null, customer_handle: null, acquirer_reference: null };
  assert.deepEqual(request({ ...nulls, state: "paid", merchant_id: "8", key: "x", metadata: 1 }), request({}));
});

test("a body is a JSON object", () => {
  for (const body of [undefined, null, [], [plain], "x", 1, true]) {
    const no = readPayout(body);
    assert.ok(isApiError(no) && no.status === 422 && no.message === "the body must be a JSON object");
  }
});

test("an amount is a positive integer of 32 bits", () => {
  for (const amount of [0, -1, -2_147_483_648]) assert.equal(refusal({ amount }), "422/146");
  for (const amount of ["100", 1.5, true, {}, [100], "", NaN]) {
    assert.equal(refusal({ amount }), "422/1 amount must be an integer");
  }
  assert.equal(refusal({ amount: 2_147_483_648 }), "422/1 amount must be at most 2147483647");
  assert.equal(request({ amount: 2_147_483_647 }).amountMinor, 2_147_483_647n);
});

test("a handle is made of the documented characters, read as a list and not as a range", () => {
  for (const handle of ["a", "A.b-c_d@e", "9".repeat(255), "..", "@"]) assert.equal(request({ handle }).handle, handle);
  const bad = ["", "9".repeat(256), "a/b", "a b", "a%2Fb", "a:b", "a;b", "a<b", "a?b", "a\u0000", "ä", "a\n", "\uff41"];
  for (const handle of [...bad, 7, {}]) assert.match(refusal({ handle }), /^422\/1 handle must be 1 to 255 characters/);
});

test("a destination is a payment method or a card token; any other form is an unknown source", () => {
  assert.deepEqual(request({ destination: token.id }).destination, { kind: "token", id: token.id });
  for (const destination of ["", "x", "ms_1", "vr_1", "CA_1", "4111111111111111", "DE89370400440532013000"]) {
    assert.equal(refusal({ destination }), "400/110");
  }
  for (const destination of ["ca_", "ca_a/b", `ca_${"0".repeat(65)}`])
    assert.equal(refusal({ destination }), "unknown_method");
  for (const destination of ["ct_", "ct_'--", "ct_ä"]) assert.equal(refusal({ destination }), "unknown_token");
});

test("a currency is one of ISO 4217, in upper case", () => {
  for (const currency of ["eur", "XTS", "XXX", "DEM", "EURO", "", 978, "EUR ", "toString"]) {
    assert.match(refusal({ currency }), /^422\/1 currency must be/);
  }
});

test("free text is stored composed, with its lines, and refused with what nobody can see", () => {
  assert.equal(request({ text: "Pre\u0301mie" }).text, "Pr\u00e9mie");
  assert.equal(request({ text: "می\u200cخواهم 👩\u200d🔧" }).text, "می\u200cخواهم 👩\u200d🔧");
  assert.equal(request({ text: "Prize\r\n\t1.\n" }).text, "Prize\r\n\t1.\n");
  const unseen = [
    "a\0b",
    "a\u001b[31m",
    "\u202egnp",
    "a\u200bb",
    "\ufeffa",
    "a\u2028b",
    "\u2066a\u2069",
    "\u061c",
    "a\u0085",
  ];
  for (const text of unseen) {
    assert.equal(refusal({ text }), "422/1 text must be text without control, direction or invisible characters");
  }
  assert.equal(refusal({ text: "x".repeat(1025) }), "422/1 text must be text of at most 1024 characters");
});

test("statement text and acquirer reference are printable ASCII; an empty one is none", () => {
  const both = request({ text_on_statement: " ~Prize 1", acquirer_reference: "x".repeat(128) });
  assert.deepEqual([both.statementText, both.merchantReference], [" ~Prize 1", "x".repeat(128)]);
  assert.equal(request({ text_on_statement: "" }).statementText, null);
  for (const bad of ["\u007f", "é", "a\r\nb", "\u001b[31m", "x".repeat(129)]) {
    assert.match(refusal({ text_on_statement: bad }), /^422\/1 text_on_statement must be at most 128 printable/);
    assert.match(refusal({ acquirer_reference: bad }), /^422\/1 acquirer_reference must be/);
  }
});

test("customer and customer_handle may both be given where they agree", () => {
  const draft = { handle: "customer006", email: "per@example.com" };
  const agreeing = read({ customer: draft, customer_handle: "customer006" });
  assert.ok(!isApiError(agreeing) && !isRefusal(agreeing));
  assert.deepEqual([agreeing.payer.customer, agreeing.payer.draft?.handle], [null, "customer006"]);
  const disagree = "422/1 customer_handle must agree with customer.handle";
  assert.equal(refusal({ customer: draft, customer_handle: "customer007" }), disagree);
  assert.equal(refusal({ customer: { generate_handle: true }, customer_handle: "customer007" }), disagree);
});

test("a nested customer is read as a customer of its own, and its faults are named by their path", () => {
  assert.equal(refusal({ customer: {} }), "422/1 customer.handle is required unless generate_handle is true");
  assert.equal(refusal({ customer: [] }), "422/1 customer must be an object");
  assert.equal(refusal({ customer: { handle: "a", email: "no" } }), "422/1 customer.email must be an e-mail address");
  assert.match(refusal({ customer: { handle: "a", country: "Denmark" } }), /^422\/1 customer\.country must be/);
});

const text = fc.oneof(fc.string({ unit: "binary" }), fc.string(), fc.constantFrom(method.id, token.id, "EUR", "a@b.c"));
const member = fc.oneof(fc.jsonValue(), text, fc.integer(), fc.constantFrom(null, undefined, 0, -1, 2 ** 31));
const names = ["handle", "destination", "amount", "currency", "text", "customer", "customer_handle"];
const optionals = ["text_on_statement", "acquirer_reference", "generate_handle", "email", "metadata", "__proto__"];
const bodies = fc.dictionary(fc.constantFrom(...names, ...optionals), member, { maxKeys: 10 });

test("any body is a request or a well-formed error, and nothing is thrown", () => {
  const nearly = fc.record({
    handle: fc.constantFrom("a", "b@c", "a/b"),
    destination: fc.constantFrom(method.id, token.id, "x"),
    amount: fc.oneof(fc.integer(), member),
    customer: fc.oneof(bodies, member),
    text: text,
  });
  fc.assert(
    fc.property(fc.oneof(fc.jsonValue(), bodies, nearly), (body) => {
      const answer = readPayout(body);
      if (isApiError(answer)) {
        const told = tellError(answer, asked("POST", "/v1/payout"));
        assert.ok(answer instanceof ApiError && [400, 422].includes(told.status) && codes[answer.code] !== undefined);
        assert.deepEqual(nullsIn(JSON.parse(JSON.stringify(told.body))), []);
      } else if (!isRefusal(answer)) {
        const { amountMinor, handle } = requestOf(answer, merchant, "1", null);
        assert.ok(amountMinor > 0n && amountMinor <= 2_147_483_647n && handle.length <= 255);
      }
    }),
    { numRuns: 2_000 },
  );
});

test("a handle of the form that numbered payouts have is nobody's to take", () => {
  const read = readPayout({
    handle: "00000088970012412214000-100001".padStart(30, "0"),
    destination: "ca_1",
    amount: 1,
  });
  assert.ok(isApiError(read) && read.status === 422 && read.message?.startsWith("handle"));
});
