import assert from "node:assert/strict";
import { test } from "node:test";
import type { InjectOptions } from "fastify";
import { CommitFault } from "../engine/fault.ts";
import { limitPresets } from "./limits.ts";
import { openToy, requestId, type Toy } from "./trial.ts";

const authorization = "key-1";
async function ask({ app }: Toy, method: string, url: string, options: Omit<InjectOptions, "method" | "url"> = {}) {
  const request = { method: method as "GET", url, ...options, headers: { authorization, ...options.headers } };
  const answer = await app.inject(request);
  const { "request-id": id, "cache-control": cache, "x-content-type-options": sniff } = answer.headers;
  assert.deepEqual([id, cache, sniff], [requestId, "no-store", "nosniff"], "headers of every answer");
  return { status: answer.statusCode, headers: answer.headers, text: answer.body, body: parse(answer.body) };
}
const parse = (text: string): any => (text === "" ? undefined : JSON.parse(text)); // whatever the answer was
const json = { "content-type": "application/json" };

test("a dialect sees the request as it was sent, with decoded parameters and a body of any content type", async () => {
  const toy = openToy();
  const types = ["application/json", "application/json; charset=utf-8", "text/plain", "x-www-form-urlencoded", "a/b/c"];
  for (const type of [...types, "", "application/json;;", "multipart/form-data; boundary=x"]) {
    const headers = type === "" ? {} : { "content-type": type };
    const { body } = await ask(toy, "POST", "/v1/things?a=1&a=2", { payload: '{"amount":1}', headers });
    const query = [["a", "1"], ["a", "2"]]; // prettier-ignore
    assert.deepEqual(
      body,
      { method: "POST", path: "/v1/things", params: {}, query, body: { amount: 1 }, now: 42 },
      type,
    );
    assert.equal(toy.heard.at(-1)?.headers["content-type"], type === "" ? undefined : type);
    assert.equal(toy.heard.at(-1)?.rawBody.toString(), '{"amount":1}');
  }
  const { body } = await ask(toy, "GET", "/v1/things/a%40b%2Fc?x=%2B+");
  assert.deepEqual([body.path, body.params.name, body.query], ["/v1/things/a%40b%2Fc", "a@b/c", [["x", "+ "]]]);
});

test("a JSON content type without a body is no body, for every method", async () => {
  const toy = openToy();
  for (const [method, url] of [
    ["GET", "/v1/things/a"],
    ["DELETE", "/v1/things/a"],
    ["POST", "/v1/things/a/turn"],
    ["POST", "/v1/things"],
  ] as const) {
    for (const length of [{}, { "content-length": "0" }]) {
      const { status, body } = await ask(toy, method, url, { headers: { ...json, ...length } });
      assert.deepEqual([status, body.body], [200, undefined]);
    }
  }
});

test("what strict reading refuses is told where it went wrong, and the handler never sees it", async () => {
  const toy = openToy();
  for (const payload of [
    "{",
    '{"amount":1,"amount":2}',
    '{"amount":1e2}',
    "[".repeat(40),
    '{"a":"\\u0000"}',
    "\ufeff{}",
  ]) {
    const { status, body } = await ask(toy, "POST", "/v1/things", { payload, headers: json });
    assert.deepEqual([status, body.no.kind], [422, "unreadable"], payload);
    assert.match(body.no.message, /the body|of the body/);
  }
  assert.equal(toy.heard.length, 0);
});

test("a body of more than 256 kB is refused", async () => {
  const toy = openToy();
  const payload = JSON.stringify({ text: "x".repeat(256 * 1024) });
  const { status, body } = await ask(toy, "POST", "/v1/things", { payload, headers: json });
  assert.deepEqual([status, body.no.kind], [413, "too_large"]);
  assert.equal((await ask(toy, "POST", "/v1/nothing", { payload, headers: json })).status, 413);
});

test("bodies that are too large together are refused before anything is done, until others are through", async () => {
  let finish = () => {};
  const through = new Promise<void>((resolve) => (finish = resolve));
  const toy = openToy(() => through.then(() => ({ status: 200, body: {} })));
  const payload = JSON.stringify({ text: "x".repeat(250 * 1024) });
  const send = () => ask(toy, "POST", "/v1/things", { payload, headers: json });
  const fitting = 131; // of these, in 32 MB
  const refused = await new Promise<string[]>((resolve) => {
    const kinds: string[] = [];
    for (let number = 0; number < fitting + 9; number += 1) {
      void send().then(({ status, body }) => {
        if (kinds.push(`${status} ${body.no?.kind}`) === 9) resolve([...new Set(kinds)]);
      });
    }
  });
  assert.deepEqual([refused, toy.heard.length], [["503 overloaded"], fitting]);
  const small = ask(toy, "POST", "/v1/things/a/turn"); // nobody's room is taken by what has no body
  finish();
  assert.equal((await small).status, 200);
  assert.equal((await send()).status, 200);
});

test("a body shorter than it says is refused", async () => {
  const { status, body } = await ask(openToy(), "POST", "/v1/things", {
    payload: "{}",
    headers: { ...json, "content-length": "1" },
  });
  assert.deepEqual([status, body.no.kind], [422, "unreadable"]);
});

test("an unknown path is 404, a known one with another method 405 with the methods it takes", async () => {
  const toy = openToy();
  for (const url of [
    "/v1/nothing",
    "/v1/things/",
    "/v1/things/a/b",
    "/V1/things/a",
    "/v1//things/a",
    "/v1/things/a/turn/",
  ]) {
    const { status, body } = await ask(toy, "GET", url);
    assert.equal(status, 404, url);
    assert.equal(body?.no.kind, url.startsWith("/v1") ? "unknown_route" : undefined, url);
  }
  const expected: [string, string, string][] = [
    ["PUT", "/v1/things/a", "DELETE, GET, HEAD"],
    ["GET", "/v1/things", "POST"],
    ["OPTIONS", "/v1/things", "POST"],
    ["PATCH", "/v1/things/a%40b/turn", "POST"],
    ["PROPFIND", "/v1/things", "POST"],
    ["QUERY", "/v1/things", "POST"],
  ];
  for (const [method, url, allow] of expected) {
    const { status, headers, body } = await ask(toy, method, url);
    assert.deepEqual([status, headers["allow"], body.no.kind], [405, allow, "wrong_method"], `${method} ${url}`);
  }
  const odd = await ask(toy, "POST", "/v1/nothing", { payload: "x", headers: { "content-type": "odd" } });
  assert.equal(odd.status, 404);
});

test("outside of every dialect there is nothing", async () => {
  const { status, text } = await ask(openToy(), "GET", "/favicon.ico");
  assert.deepEqual([status, text], [404, ""]);
});

test("percent signs that encode nothing, control characters and endless names are no path", async () => {
  const toy = openToy();
  for (const name of ["%", "%zz", "%E0%A4%A", "%ff", "a%00b", "%0d%0aSet-Cookie", "%7F", "x".repeat(1_100)]) {
    const { status, body } = await ask(toy, "GET", `/v1/things/${name}`);
    assert.deepEqual([status, body.no.kind], [404, "unknown_route"], name);
  }
  const longest = "%40".repeat(255);
  assert.equal((await ask(toy, "GET", `/v1/things/${longest}`)).body.params.name, "@".repeat(255));
  assert.equal(toy.heard.length, 1);
});

test("a doubled first slash and a whole URL lead to the path they mean", async () => {
  const toy = openToy();
  for (const url of ["//v1/things/a?b=1", "///v1/things/a?b=1"]) {
    assert.equal((await ask(toy, "GET", url)).body.path, "/v1/things/a", url);
  }
});

test("HEAD is answered like GET, without the body", async () => {
  const toy = openToy();
  const get = await ask(toy, "GET", "/v1/things/a");
  const head = await ask(toy, "HEAD", "/v1/things/a");
  assert.deepEqual([head.status, head.text], [200, ""]);
  assert.ok(Math.abs(Number(head.headers["content-length"]) - Number(get.headers["content-length"])) <= 1);
});

test("without a key nothing is carried out, unless the route is open to anyone", async () => {
  const toy = openToy();
  const anonymous = (method: "GET" | "POST", url: string) => toy.app.inject({ method, url, payload: "{" });
  assert.equal((await anonymous("POST", "/v1/things")).statusCode, 401, "and the body is not even read");
  assert.equal((await anonymous("GET", "/v1/open")).statusCode, 200);
  assert.equal(toy.heard.length, 1);
});

test("what goes wrong within is told in the dialect's words, logged, and never shown", async () => {
  const secret = "card 4111 1111 1111 1111 at 10.0.0.7";
  const errors: [unknown, number, string, boolean][] = [
    [new Error(secret), 500, "broken", true],
    ["thrown text", 500, "broken", true],
    [undefined, 500, "broken", true],
    [new CommitFault("broken", new Error(secret)), 500, "broken", true],
    [new CommitFault("unknown"), 500, "unknown_outcome", true],
    [new CommitFault("unavailable"), 503, "unavailable", true],
    [new CommitFault("overloaded"), 503, "overloaded", false],
    [new CommitFault("too_late"), 503, "overloaded", false],
    [
      Object.assign(new Error("connect ECONNREFUSED 10.0.0.7:5432"), { code: "ECONNREFUSED" }),
      503,
      "unavailable",
      true,
    ],
    [Object.assign(new Error("too many connections"), { code: "53300" }), 503, "unavailable", true],
    [new Error("Connection terminated unexpectedly"), 503, "unavailable", true],
    [Object.assign(new Error("duplicate key"), { code: "23505", detail: secret }), 500, "broken", true],
  ];
  for (const [error, expected, kind, logged] of errors) {
    const toy = openToy(() => Promise.reject(error)); // eslint-disable-line prefer-promise-reject-errors
    const { status, body, text } = await ask(toy, "POST", "/v1/things", { payload: "{}", headers: json });
    assert.deepEqual([status, body.no.kind, toy.log.length], [expected, kind, logged ? 1 : 0], String(error));
    assert.ok(!text.includes("10.0.0.7") && !JSON.stringify(toy.log).includes("4111 1111"));
    if (logged) assert.deepEqual([toy.log[0]?.["requestId"], toy.log[0]?.["route"]], [requestId, "/v1/things"]);
  }
});

test("an answer that cannot be written as JSON is a fault of ours", async () => {
  const { status, body } = await ask(
    openToy(() => Promise.resolve({ status: 200, body: { a: 1n } })),
    "GET",
    "/v1/open",
  );
  assert.deepEqual([status, body.no.kind], [500, "broken"]);
});

test("an answer goes out as it is told: status, headers, an empty body, or text that says what it is", async () => {
  const empty = await ask(
    openToy(() => Promise.resolve({ status: 204 })),
    "GET",
    "/v1/open",
  );
  assert.deepEqual([empty.status, empty.text, empty.headers["content-type"]], [204, "", undefined]);
  const created = { status: 201, body: { a: undefined, b: "ä" }, headers: { location: "/v1/things/1" } };
  const made = await ask(
    openToy(() => Promise.resolve(created)),
    "GET",
    "/v1/open",
  );
  assert.deepEqual([made.status, made.text, made.headers["location"]], [201, '{"b":"ä"}', "/v1/things/1"]);
  assert.equal(made.headers["content-type"], "application/json; charset=utf-8");
  const csv = { status: 200, body: "a;b", headers: { "content-type": "text/csv" } };
  const text = await openToy(() => Promise.resolve(csv)).app.inject({ method: "GET", url: "/v1/open" });
  assert.deepEqual([text.body, text.headers["content-type"]], ["a;b", "text/csv"]);
});

test("over its rate a key is refused before anything is done; other keys and open routes are not", async () => {
  const toy = openToy(undefined, limitPresets.vendor);
  const statuses: number[] = [];
  for (let n = 0; n < 52; n += 1) statuses.push((await ask(toy, "GET", "/v1/things/a")).status);
  assert.deepEqual(statuses.slice(-3), [200, 429, 429]);
  assert.equal(toy.heard.length, 50);
  assert.equal((await ask(toy, "GET", "/v1/things/a", { headers: { authorization: "key-2" } })).status, 200);
  assert.equal((await ask(toy, "GET", "/v1/open")).status, 200);
  toy.clock.now = 1_000;
  assert.equal((await ask(toy, "GET", "/v1/things/a")).status, 200);
});

test("only so many requests of a key are under way at once, however they end", async () => {
  let release = (): void => {};
  const gate = new Promise<void>((resolve) => (release = resolve));
  const toy = openToy(async ({ path }) => {
    await gate;
    if (path.endsWith("/bad/turn")) throw new Error("broken");
    return { status: 200, body: {} };
  }, limitPresets.vendor);
  const turn = (name: string) => ask(toy, "POST", `/v1/things/${name}/turn`);
  const first = Array.from({ length: 12 }, (_, n) => turn(n % 2 === 0 ? "good" : "bad"));
  await new Promise((resolve) => setImmediate(resolve));
  release();
  const answers = await Promise.all(first);
  const refused = answers.filter(({ body }) => body.no?.kind === "concurrency");
  assert.deepEqual([refused.length, toy.heard.length], [2, 10]);
  toy.clock.now = 2_000;
  assert.equal((await turn("good")).status, 200, "whoever was done has made room");
});

test("a merchant that has too much waiting is refused before its body is read, for whatever writes; others are not", async () => {
  const toy = openToy();
  toy.shut.add("7");
  const spoiled = { method: "POST", url: "/v1/things", payload: "{", headers: { authorization: "a" } } as const;
  const response = await toy.app.inject(spoiled);
  assert.deepEqual([response.statusCode, response.json().no.kind, toy.slept], [503, "overloaded", [400]]);
  assert.equal((await toy.app.inject({ ...spoiled, method: "GET", url: "/v1/things/a", payload: "" })).statusCode, 200);
  assert.equal((await toy.app.inject({ ...spoiled, url: "/v1/open", payload: "{}" })).statusCode, 200, "nobody's");
  toy.shut.clear();
  assert.equal((await toy.app.inject({ ...spoiled, payload: "{}" })).statusCode, 200);
});
