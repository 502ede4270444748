import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parse as parseLossless } from "lossless-json";
import { JsonFault, type JsonFaultKind, readJson } from "./json.ts";

const read = (text: string): unknown => readJson(Buffer.from(text));
const kindOf = (body: string): JsonFaultKind | "read" => {
  try {
    read(body);
    return "read";
  } catch (fault) {
    assert.ok(fault instanceof JsonFault, `${String(fault)} is no JsonFault`);
    return fault.kind;
  }
};

// Text without what readJson refuses, and doubles that JSON.stringify writes without an exponent.
const text = fc.string({ unit: "binary" }).filter((each) => !each.includes("\0"));
const name = text.filter((each) => each !== "__proto__");
const decimal = fc.double({ min: -1e9, max: 1e9, noNaN: true }).filter((each) => !/e/.test(String(each)));
const ordinary = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 6 },
    fc.constantFrom(null, true, false),
    fc.maxSafeInteger(),
    decimal,
    text,
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(name, tie("value"), { maxKeys: 5, noNullPrototype: true }),
  ),
})).value;

test("an ordinary value reads as JSON.parse reads it", () => {
  fc.assert(
    fc.property(ordinary, fc.constantFrom("", " ", "\t\r\n"), (value, indent) => {
      const written = JSON.stringify(value, null, indent);
      assert.deepEqual(read(written), JSON.parse(written));
    }),
  );
});

test("every member written a second time is refused", () => {
  fc.assert(
    fc.property(
      fc.dictionary(name, ordinary, { minKeys: 1, maxKeys: 5, noNullPrototype: true }),
      fc.nat(),
      (object, pick) => {
        const members = Object.entries(object).map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`);
        const again = members[pick % members.length]!;
        assert.equal(kindOf(`{${[...members, again].join()}}`), "duplicate_key");
      },
    ),
  );
});

/** What lossless-json, told to be as strict about numbers, makes of it. */
function readLossless(body: string): { value: unknown } | "refused" {
  try {
    return { value: parseLossless(body, null, (token) => (isPlain(token) ? Number(token) : assert.fail(token))) };
  } catch {
    return "refused";
  }
}
const isPlain = (token: string): boolean =>
  /^-?\d+$/.test(token)
    ? token !== "-0" && BigInt(token) ** 2n < 2n ** 106n
    : /^-?\d+\.\d+$/.test(token) && Number(token) % 1 !== 0;

test("a second parser reads the same from damaged bodies, or refuses them too", () => {
  const damage = fc.array(
    fc.record({ at: fc.nat(), put: fc.constantFrom(...'{}[]:,"\\ 019.-eu\0t'.split(""), "1e2", "-0", '"a":1,') }),
    {
      maxLength: 3,
    },
  );
  let readByBoth = 0;
  fc.assert(
    fc.property(ordinary, damage, fc.boolean(), (value, damages, replacing) => {
      let body = JSON.stringify(value);
      for (const { at, put } of damages) {
        const spot = at % (body.length + 1);
        body = body.slice(0, spot) + put + body.slice(spot + (replacing ? put.length : 0));
      }
      if (!Buffer.from(body).equals(Buffer.from(Buffer.from(body).toString()))) return;
      const kind = kindOf(body);
      const other = readLossless(Buffer.from(body).toString());
      if (kind === "read") {
        readByBoth++;
        assert.deepEqual({ value: read(body) }, other);
      } else if (kind === "syntax" || kind === "number") {
        assert.equal(other, "refused", body);
      }
    }),
    { numRuns: 3_000 },
  );
  assert.ok(readByBoth > 300, `only ${readByBoth} bodies were readable`);
});
