import assert from "node:assert/strict";
import { createSecretKey, randomBytes } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { parseKeyRing } from "./keys.ts";
import { dataKeyOf, open, readEnvelope, seal, sealContext, SealFault } from "./seal.ts";

const card = "4111111111111111";
const k1 = { id: "k1", key: createSecretKey(randomBytes(32)) };
const context = sealContext(7n, 42n, "card number");
const opened = (sealed: string, where = context, { key } = k1): string =>
  open(readEnvelope(sealed, "v1", "v2"), key, where).toString("utf8");
const faultOf = (sealed: string, where = context, key = k1): SealFault => {
  try {
    opened(sealed, where, key);
  } catch (fault) {
    assert.ok(fault instanceof SealFault);
    assert.ok(!`${fault.message}${fault.stack}${String(fault.cause)}`.includes(card));
    return fault;
  }
  return assert.fail(`${sealed} opened`);
};
const sealedCard = () => seal("v2", k1, card, context, randomBytes);

test("what is sealed opens again, for the same row and purpose", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), fc.string(), (plaintext, where) => {
      assert.equal(opened(seal("v2", k1, plaintext, where, randomBytes), where), plaintext);
    }),
  );
});

test("the same text never looks the same twice, and its version and key are named in front", () => {
  assert.notEqual(sealedCard(), sealedCard());
  assert.match(sealedCard(), /^v2\.k1\.[A-Za-z0-9_-]{59}$/);
  assert.equal(dataKeyOf(sealedCard()), "k1");
  assert.equal(dataKeyOf("v1.k1.AAAA"), null);
});

test("a sealed text moved to another merchant, row or purpose stays shut", () => {
  const sealed = sealedCard();
  for (const elsewhere of [
    sealContext(8n, 42n, "card number"),
    sealContext(7n, 43n, "card number"),
    sealContext(7n, 42n, "iban"),
    "",
  ]) {
    assert.equal(faultOf(sealed, elsewhere).kind, "not_authentic");
  }
  assert.notEqual(sealContext("1", "2,3", "x"), sealContext("1,2", "3", "x"));
});

test("not one bit of a sealed text can be altered, and none of its characters", () => {
  const sealed = sealedCard();
  const [version, keyId, text] = sealed.split(".") as [string, string, string];
  const bytes = Buffer.from(text, "base64url");
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const altered = Buffer.from(bytes);
    altered[bit >> 3]! ^= 1 << (bit & 7);
    assert.equal(faultOf(`${version}.${keyId}.${altered.toString("base64url")}`).kind, "not_authentic");
  }
  for (let at = 0; at < sealed.length; at++) {
    for (const char of ["1", "A", "B", "Q", "=", ".", " ", ""]) {
      if (sealed[at] !== char) faultOf(sealed.slice(0, at) + char + sealed.slice(at + 1));
    }
  }
  for (let length = 0; length < bytes.length; length++) {
    faultOf(`${version}.${keyId}.${bytes.subarray(0, length).toString("base64url")}`);
  }
});

test("what was never sealed is refused as such, and so is a version that does not belong there", () => {
  const wrapped = seal("w1", k1, card, context, randomBytes);
  for (const text of ["", card, "v2.k1.", "v3.k1.AAAA", `${sealedCard()}\n`, "v2..AAAA", wrapped]) {
    assert.equal(faultOf(text).kind, "format", text);
  }
});

test("neither the key nor the version of a text can be renamed", () => {
  const sealed = sealedCard();
  assert.equal(faultOf(sealed.replace("v2.k1.", "v2.k2.")).kind, "not_authentic");
  assert.equal(faultOf(sealed.replace("v2.k1.", "v1.k1.")).kind, "not_authentic");
});

test("a text sealed by an earlier release still opens", () => {
  const ring = parseKeyRing(`k1:${Array.from({ length: 32 }, (_, i) => (i + 16).toString(16)).join("")}`);
  const sealed = "v1.k1.BwcHBwcHBwcHBwcHHLnVyCsdFnp9OqoFg0bQ-Q8FiVTq0RIEVk6I9eBGohk";
  assert.equal(opened(sealed, context, { id: "k1", key: ring.opening.get("k1")! }), card);
});
