import assert from "node:assert/strict";
import { test } from "node:test";
import { isRefusal } from "../../core/refusal.ts";
import { createCustomer } from "../../flow/customer.ts";
import { customerDraft, type CustomerDraft } from "./customer-body.ts";
import { tellCustomer } from "./customer.ts";
import { isApiError } from "./errors.ts";
import { withHandle } from "./payer.ts";
import { customer, Memory, merchant } from "./trial.ts";

const read = (body: unknown) => customerDraft(body, "");
const draft = (body: unknown): CustomerDraft => {
  const answer = read(body);
  assert.ok(!isApiError(answer), String(isApiError(answer) && answer.message));
  return answer;
};
const message = (body: unknown) => {
  const answer = read(body);
  return isApiError(answer) ? `${answer.status}/${answer.code} ${answer.message}` : "read";
};

test("a customer is told with every member that generated clients require", () => {
  const told = JSON.parse(JSON.stringify(tellCustomer(customer, merchant)));
  const { handle, created, email, first_name: firstName, test, ...zeros } = told;
  assert.deepEqual(
    [handle, created, email, firstName, test],
    ["customer006", "2025-06-01T00:00:00.000+00:00", "per@example.com", "Per", true],
  );
  assert.equal(Object.keys(zeros).length, 27);
  assert.ok(Object.values(zeros).every((value) => value === 0));
  const deleted = tellCustomer({ ...customer, deletedAt: customer.createdAt, debtorId: "9007199254740991" }, merchant);
  assert.deepEqual([deleted.deleted, deleted.debtor_id], ["2025-06-01T00:00:00.000+00:00", 9_007_199_254_740_991]);
});

test("a customer is read with its details, its map as JSON text, and no more", () => {
  const body = { handle: "a@b", email: "Per@Exämple.dk", company: "", country: "DK", city: null, metadata: { a: [1] } };
  assert.deepEqual(draft({ ...body, debtor_id: 12, test: true, settled_amount: 5, deleted: "now" }), {
    handle: "a@b",
    details: { email: "Per@Exämple.dk", country: "DK" },
    metadata: '{"a":[1]}',
    debtorId: "12",
    test: true,
  });
});

test("a handle may be left to us", () => {
  assert.equal(draft({ generate_handle: true }).handle, null);
  assert.equal(draft({ generate_handle: true, handle: "own" }).handle, "own");
  assert.equal(message({}), "422/1 handle is required unless generate_handle is true");
  assert.equal(message({ generate_handle: "true" }), "422/1 generate_handle must be true or false");
});

test("what cannot be a detail is refused by name", () => {
  const bad: [object, RegExp][] = [
    [{ email: "per" }, /^422\/1 email must be an e-mail address/],
    [{ email: "per@" }, /email/],
    [{ email: "a b@c.d" }, /email/],
    [{ email: "per@-x.dk" }, /email/],
    [{ email: `${"a".repeat(65)}@b.dk` }, /email/],
    [{ invoice_email: "per@ex ample.dk" }, /^422\/1 invoice_email/],
    [{ country: "dk" }, /^422\/1 country must be/],
    [{ first_name: "Per\u202e" }, /^422\/1 first_name must be text without/],
    [{ last_name: "x".repeat(256) }, /^422\/1 last_name must be text of at most 255/],
    [{ phone: 12345678 }, /^422\/1 phone must be text/],
    [{ metadata: [] }, /^422\/1 metadata must be an object/],
    [{ debtor_id: 1.5 }, /^422\/1 debtor_id must be an integer/],
    [{ test: 1 }, /^422\/1 test must be true or false/],
  ];
  for (const [body, expected] of bad) assert.match(message({ handle: "a", ...body }), expected);
});

test("an address of any length is judged in no time", () => {
  const started = performance.now();
  for (const hostile of ["a".repeat(100_000), `a@${"a-".repeat(100)}`, `a@${"a.".repeat(120)}`, "@".repeat(254)]) {
    assert.match(message({ handle: "a", email: hostile }), /email/);
  }
  assert.ok(performance.now() - started < 100);
});

test("a generated handle is the next number that is free", async () => {
  const memory = new Memory();
  const create = () =>
    withHandle(memory.services, "7", draft({ generate_handle: true }), (drafted) =>
      memory.services.commit(createCustomer("7", "1", drafted)),
    );
  const handles: string[] = [];
  for (const taken of [undefined, "cust-0002", "cust-0004"]) {
    if (taken !== undefined) memory.names.add(`customer ${taken}`);
    const made = await create();
    assert.ok(!isRefusal(made));
    handles.push(made.customer.handle);
  }
  assert.deepEqual(handles, ["cust-0001", "cust-0003", "cust-0005"]);
});

test("looking for a free number ends", async () => {
  const memory = new Memory();
  const never = { refused: "duplicate_customer", facts: {} } as const;
  const answer = await withHandle(memory.services, "7", draft({ generate_handle: true }), () => Promise.resolve(never));
  assert.deepEqual([answer, memory.counter], [never, 20]);
});
