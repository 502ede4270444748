import assert from "node:assert/strict";
import { test } from "node:test";
import { refuse } from "../core/refusal.ts";
import { frisbiiDialect } from "../dialects/frisbii/routes.ts";
import * as trial from "../dialects/frisbii/trial.ts";
import type { PayoutRequest } from "../flow/request.ts";
import { hashKey } from "../vault/api-key.ts";
import { limitPresets, Limits } from "./limits.ts";
import { buildServer } from "./server.ts";

/** The dialect behind the shell, with services that live in memory: its routes, and what stands between them and the core. */
const { aPayout, aStory, anAnswer, anAttempt, told } = trial;
const key = `priv_${"0123456789abcdef".repeat(2)}`;
const authorization = `Basic ${Buffer.from(`${key}:`).toString("base64")}`;

function open(expectedFault?: string) {
  const memory = new trial.Memory();
  const dialect = frisbiiDialect(memory.services, {
    ...trial.ports,
    findKey: (hash) => Promise.resolve(hash.equals(hashKey(key)) ? { merchantId: "7", keyId: "1" } : undefined),
  });
  const app = buildServer([dialect], {
    limits: new Limits(limitPresets.generous, () => 0),
    isShut: () => false,
    sleep: async () => {},
    requestId: () => "3f0c".repeat(8),
    now: () => trial.noon,
    log: (event) => assert.equal(event["fault"], expectedFault, String(event["error"])),
  });
  const ask = async (method: string, url: string, payload?: object, headers: object = { authorization }) => {
    const answer = await app.inject({
      method: method as "GET",
      url,
      headers: { "content-type": "application/json", ...headers },
      ...(payload === undefined ? {} : { payload }),
    });
    const body = JSON.parse(answer.body);
    assert.deepEqual(trial.nullsIn(body), [], `${method} ${url}`);
    if (answer.statusCode !== 200) {
      assert.deepEqual([body.http_status, body.path], [answer.statusCode, url.split("?")[0]]);
      assert.equal(body.request_id, answer.headers["request-id"]);
    }
    return { status: answer.statusCode, body, no: `${answer.statusCode}/${body.code}` };
  };
  return { memory, ask };
}

const plain = { handle: "payout-1234", destination: trial.method.id, amount: 20_000 };
const accepted = (over: Partial<ReturnType<typeof aPayout>> = {}) => ({
  payout: aPayout(over),
  attempt: anAttempt({ attempt: over.attempt ?? 1 }),
  reached: { vault: trial.vault, method: trial.method, token: null, rail: "sandbox" },
  heard: null,
  order: null,
  ask: false,
  repeated: false,
});

test("a create that was understood is 200, whatever became of it", async () => {
  const { memory, ask } = open();
  for (const [state, expected] of [
    ["paid", "paid"],
    ["failed", "failed"],
    ["sent", "processing"],
    ["awaiting_approval", "processing"],
  ] as const) {
    memory.accept = () => Promise.resolve(accepted({ state, paidAt: trial.noon, failedAt: trial.noon }));
    const { status, body } = await ask("POST", "/v1/payout", plain);
    assert.deepEqual([status, body.state, body.customer], [200, expected, "customer006"]);
  }
});

test("what a later attempt was preceded by is read", async () => {
  const { memory, ask } = open();
  memory.accept = () => Promise.resolve(accepted({ state: "paid", attempt: 2, paidAt: trial.noon }));
  const attempts = [told({ heard: trial.expired }), told({ attempt: anAttempt({ attempt: 2 }) })];
  memory.stories.push(aStory({ state: "paid", attempt: 2, paidAt: trial.noon }, attempts));
  const { body } = await ask("POST", "/v1/payout", plain);
  assert.deepEqual(
    body.transactions.map(({ state }: { state: string }) => state),
    ["failed", "paid"],
  );
});

test("a payout that was taken on and cannot be read is not said to be undone", async () => {
  const { memory, ask } = open("unknown_outcome");
  memory.accept = () => Promise.resolve(accepted({ state: "paid", attempt: 2, paidAt: trial.noon }));
  memory.story = () => Promise.reject(Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" }));
  const { no, body } = await ask("POST", "/v1/payout", plain);
  assert.equal(no, "500/2");
  assert.match(body.message, /may have been carried out/);
});

test("a refusal of the core is an error of the API", async () => {
  const { memory, ask } = open();
  for (const [code, expected] of [
    ["payout_processing", "400/133"],
    ["payout_already_paid", "400/134"],
    ["customer_changed", "400/136"],
    ["method_cannot_pay_out", "400/135"],
    ["unknown_method", "404/40"],
  ] as const) {
    memory.accept = () => Promise.resolve(refuse(code));
    assert.equal((await ask("POST", "/v1/payout", plain)).no, expected);
  }
});

test("a nested customer without a handle gets one; asked for again, the payout keeps the customer that it has", async () => {
  const { memory, ask } = open();
  const requests: Pick<PayoutRequest, "customer" | "newCustomer">[] = [];
  memory.accept = (request) => {
    requests.push(request);
    const taken = request.newCustomer?.handle === "cust-0001";
    return Promise.resolve(taken ? refuse("duplicate_customer") : accepted());
  };
  const body = { ...plain, destination: trial.token.id, customer: { generate_handle: true, email: "a@b.dk" } };
  await ask("POST", "/v1/payout", body);
  memory.stories.push(aStory());
  await ask("POST", "/v1/payout", body);
  assert.deepEqual(
    requests.map(({ customer, newCustomer }) => [customer, newCustomer?.handle]),
    [
      [null, "cust-0001"],
      [null, "cust-0002"],
      [null, undefined],
    ],
  );
});

test("a payout is found by its handle, and not beyond 32 bits", async () => {
  const { memory, ask } = open();
  memory.stories.push(aStory({ handle: "a@b" }), aStory({ handle: "huge", amountMinor: 2n ** 31n }));
  assert.equal((await ask("GET", "/v1/payout/a%40b")).body.handle, "a@b");
  for (const handle of ["huge", "nobody", "a%2Fb", "..%2F", "%F0%9F%92%B6", "x".repeat(256)]) {
    assert.equal((await ask("GET", `/v1/payout/${handle}`)).no, "404/137", handle);
  }
  memory.accept = () => Promise.resolve(accepted({ state: "in_doubt", amountMinor: 2n ** 31n }));
  assert.equal((await ask("POST", "/v1/payout", plain)).no, "400/133");
});

test("the details of a transaction are all that was heard, without nulls", async () => {
  const { memory, ask } = open();
  memory.stories.push(aStory({ state: "paid" }));
  memory.answers.push(anAnswer({ raw: '{"a":null,"b":[null,{"c":null,"d":1}]}' }));
  const id = "00000000000010000000000000000001";
  const { body } = await ask("GET", `/v1/payout/payout-1234/transaction/${id}/details`);
  assert.deepEqual(body, {
    reference: "ABCDEFGHIJKLMNOPQRST",
    rail: "sandbox",
    answers: [
      {
        source: "reply",
        verdict: "paid",
        bank_id: "B1",
        heard: "2025-08-04T12:46:02.853+00:00",
        raw: { b: [{ d: 1 }] },
      },
    ],
  });
  for (const other of [id.replace(/1$/, "2"), id.toUpperCase().slice(1), "1", `${id}0`]) {
    assert.equal((await ask("GET", `/v1/payout/payout-1234/transaction/${other}/details`)).no, "404/70");
  }
  assert.equal((await ask("GET", `/v1/payout/other/transaction/${id}/details`)).no, "404/137");
});

test("payouts are listed in the envelope of all lists", async () => {
  const { memory, ask } = open();
  memory.payouts = (_, filter) => {
    assert.deepEqual([filter.mostMinor, filter.size], [2_147_483_647n, 10]);
    return Promise.resolve({ rows: [aStory()], next: { at: 1, id: "2" } });
  };
  const { body } = await ask("GET", "/v1/list/payout?size=10");
  assert.deepEqual(Object.keys(body), ["size", "count", "range", "from", "to", "content", "next_page_token"]);
  assert.deepEqual([body.count, body.content[0].handle], [1, "payout-1234"]);
  assert.equal((await ask("GET", "/v1/list/payout?size=5")).no, "422/1");
});

test("customers are created once and found again", async () => {
  const { ask } = open();
  const { status, body } = await ask("POST", "/v1/customer", { handle: "a@b", first_name: "Per" });
  assert.deepEqual([status, body.handle, body.first_name, body.test], [200, "a@b", "Per", true]);
  assert.deepEqual((await ask("GET", "/v1/customer/a%40b")).body, body);
  assert.equal((await ask("POST", "/v1/customer", { handle: "a@b" })).no, "400/11");
  assert.equal((await ask("POST", "/v1/customer", { handle: "c", test: false })).no, "400/21");
  assert.equal((await ask("POST", "/v1/customer", { generate_handle: true })).body.handle, "cust-0001");
  assert.equal((await ask("GET", "/v1/customer/nobody")).no, "404/9");
  assert.equal((await ask("POST", "/v1/customer")).no, "422/1");
});

test("a payment method lives: added from a token, inactivated, activated, deleted", async () => {
  const { ask } = open();
  const add = (over: object) => ask("POST", "/v1/payment_method", { source: trial.token.id, ...over });
  assert.equal((await add({})).no, "400/18");
  assert.equal((await add({ customer_handle: "nobody" })).no, "404/9");
  const { status, body } = await add({ customer: { handle: "new" }, reference: "main" });
  assert.deepEqual([status, body.state, body.customer, body.reference], [200, "active", "new", "main"]);
  assert.match(body.id, /^ca_[0-9a-f]{32}$/);
  assert.equal((await add({ customer_handle: "new" })).no, "400/103");
  assert.equal((await add({ customer_handle: "new", source: "ct_0" })).no, "400/34");

  const path = `/v1/payment_method/${body.id}`;
  assert.equal((await ask("POST", `${path}/activate`)).no, "400/41");
  assert.equal((await ask("POST", `${path}/inactivate`)).body.state, "inactivated");
  assert.equal((await ask("POST", `${path}/inactivate`)).no, "400/42");
  assert.equal((await ask("POST", `${path}/activate`)).body.state, "active");
  assert.equal((await ask("DELETE", path)).body.state, "deleted");
  assert.equal((await ask("DELETE", path)).no, "404/40");
  assert.equal((await ask("GET", path)).body.state, "deleted");
  for (const id of ["ca_0", "ct_0", "x", "ca_%27"])
    assert.equal((await ask("GET", `/v1/payment_method/${id}`)).no, "404/40");
});

test("payment methods are listed; of a type that there is none of, none", async () => {
  const { memory, ask } = open();
  const { body } = await ask("GET", "/v1/list/payment_method?customer=customer006&state=active");
  assert.deepEqual([body.count, body.content[0].id], [1, trial.method.id]);
  memory.listMethods = () => assert.fail("nothing to ask for");
  assert.equal((await ask("GET", "/v1/list/payment_method?payment_type=applepay")).body.count, 0);
});

test("an account tells whose key it is", async () => {
  const { body } = await open().ask("GET", "/v1/account");
  assert.deepEqual(body, {
    handle: "shop",
    id: "00000000000000000000000000000007",
    organisation: "00000000000000000000000000000007",
    name: "Shop",
    currency: "DKK",
    country: "DK",
    locale: "da_DK",
    timezone: "Europe/Copenhagen",
    state: "test",
    default_vat: 0,
    created: "2025-01-01T00:00:00.000+00:00",
  });
});

test("error codes are told to anyone, everything else to a private key", async () => {
  const { ask } = open();
  assert.equal((await ask("GET", "/v1/error_codes", undefined, {})).body.length, 166);
  for (const [method, url] of [
    ["GET", "/v1/account"],
    ["POST", "/v1/payout"],
    ["DELETE", "/v1/payment_method/ca_0"],
  ] as const) {
    assert.equal((await ask(method, url, undefined, {})).no, "401/6", url);
  }
  assert.equal((await ask("GET", "/v1/subscription", undefined, {})).no, "404/8");
  assert.equal((await ask("PUT", "/v1/payout/a", undefined, {})).no, "405/1");
});

test("paths that begin with a merchant's number, and signed requests, are another dialect's", () => {
  const { claims } = frisbiiDialect(new trial.Memory().services, trial.ports);
  const headers = { authorization: "GCS v1HMAC:a:b" };
  for (const path of ["/v1", "/v1/", "/v1/payouts", "/v1/12ab"]) assert.ok(claims({ path, headers: {} }), path);
  for (const path of ["/v1/1428/payouts", "/v1/1428", "/v2", "/", "/v12"])
    assert.ok(!claims({ path, headers: {} }), path);
  assert.ok(!claims({ path: "/v1/payouts", headers }));
});
