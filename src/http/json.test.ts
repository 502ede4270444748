import assert from "node:assert/strict";
import { test } from "node:test";
import { JsonFault, type JsonFaultKind, maxDepth, readJson } from "./json.ts";

const read = (text: string): unknown => readJson(Buffer.from(text));
const kindOf = (body: string | Buffer): JsonFaultKind | "read" => {
  try {
    readJson(Buffer.from(body as string));
    return "read";
  } catch (fault) {
    assert.ok(fault instanceof JsonFault, `${String(fault)} is no JsonFault`);
    return fault.kind;
  }
};
const refuses = (kind: JsonFaultKind, bodies: (string | Buffer)[]): void => {
  for (const body of bodies) assert.equal(kindOf(body), kind, body.toString());
};

test("what is not JSON is refused", () => {
  refuses("syntax", [
    "",
    " ",
    "{",
    "}",
    "[1,]",
    '{"a":1,}',
    "{a:1}",
    "{'a':1}",
    '"open',
    '"\\',
    '{"a" 1}',
    "[1 2]",
    "tru",
  ]);
  refuses("syntax", [
    "// note\n1",
    "012",
    "+1",
    ".5",
    "NaN",
    "Infinity",
    "0x10",
    "1_000",
    '"\t"',
    '"\\x41"',
    '{"a":1}x',
  ]);
  refuses("syntax", ['"\0"', '{"a":1}\0', "\u00a01", '{"a":"b:c" "d"}', '{"a"::1}']);
});

test("a member named twice is refused at every level, however it is spelled, and whatever its values", () => {
  refuses("duplicate_key", [
    '{"amount":1,"amount":2}',
    '{"amount":1,"amount":1}',
    '{"a":1,"\\u0061":2}',
    '{"":1,"":1}',
  ]);
  refuses("duplicate_key", ['{"x":{"a":1,"a":2}}', '[[{"a":[],"b":0,"a":{}}]]', '{"a":{"a":1},"a":{"b":2,"c":3}}']);
  refuses("duplicate_key", ['{"a/":1,"a\\/":1}', '{"é":1,"\\u00e9":1}', '{"1":0,"\\u0031":0}', '{"a:":1,"a:":2}']);
  assert.deepEqual(read('{"a":{"a":1},"b":[{"a":":"},{"a":"\\":"}],"A":0,"a:":1}'), {
    a: { a: 1 },
    b: [{ a: ":" }, { a: '":' }],
    A: 0,
    "a:": 1,
  });
});

test("only plain numbers are read, and none becomes an integer on the way", () => {
  refuses("number", ["1e2", "1E2", "1e+2", "1.5e1", "[-0]", "-0.0", "12.0", "100.00", '{"amount":1e2}', "-1e-400"]);
  refuses("number", ["9007199254740992", "-9007199254740993", "1".repeat(400), "0.99999999999999999999"]);
  refuses("number", ["9007199254740991.5", "-0.".padEnd(400, "0") + "1"]);
  const numbers = "[0,-1,2147483648,9007199254740991,-9007199254740991,12.5,-0.5,12.50]";
  assert.deepEqual(read(numbers), [0, -1, 2147483648, 9007199254740991, -9007199254740991, 12.5, -0.5, 12.5]);
  assert.deepEqual(read('{"1e2":"12.0 -0 1e2"}'), { "1e2": "12.0 -0 1e2" });
});

test("a body nests 32 levels and no deeper, and depth is found before anything recurses", () => {
  const nested = (levels: number): string => "[".repeat(levels) + "]".repeat(levels);
  assert.equal(kindOf(nested(maxDepth)), "read");
  refuses("depth", [nested(maxDepth + 1), nested(200_000), '{"a":'.repeat(33), "[{".repeat(17)]);
  assert.equal(kindOf(JSON.stringify("[".repeat(200_000))), "read");
  assert.equal(kindOf(`[${"[],{},".repeat(10_000)}0]`), "read");
});

test("text that is not Unicode text is refused", () => {
  refuses("text", [
    Buffer.from([0x22, 0xff, 0x22]),
    Buffer.from([0x22, 0xc3, 0x22]),
    Buffer.from([0x22, 0xc0, 0x80, 0x22]),
  ]);
  refuses("text", [
    Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]),
    Buffer.from("\ufeff{}"),
    Buffer.from("{}", "utf16le").fill(255, 0, 1),
  ]);
  refuses("text", [
    '"\\ud800"',
    '"\\udc00\\ud800"',
    '{"\\ud83d":1}',
    '["a\\u0000b"]',
    '{"\\u0000":1}',
    '"\\ud800\\ud83d\\ude00"',
  ]);
  assert.equal(read('"\\ud83d\\ude00"'), "😀");
  assert.equal(read('"\\\\ud800 \\\\u0000"'), "\\ud800 \\u0000");
});

test("a member cannot reach an object's prototype", () => {
  refuses("text", ['{"__proto__":{"admin":true}}', '{"a":[{"__proto__":null}]}', '{"\\u005f_proto__":1}']);
  assert.deepEqual(Object.keys(read('{"constructor":{"prototype":1},"toString":2}') as object), [
    "constructor",
    "toString",
  ]);
});

test("a fault never repeats what the body said", () => {
  for (const body of [
    '{"number":"4111111111111111" x',
    "41111111111111111111",
    '{"4111111111111111":1,"4111111111111111":2}',
  ]) {
    assert.throws(
      () => read(body),
      (fault) => fault instanceof JsonFault && !/41111111/.test(`${fault.message}${fault.stack}${String(fault.cause)}`),
    );
  }
});
