import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { newMasterKey, parseKeyRing } from "./keys.ts";
import { isCurrent, open, seal, sealContext, SealFault } from "./seal.ts";

const card = "4111111111111111";
const first = `k1:${Array.from({ length: 32 }, (_, i) => (i + 16).toString(16)).join("")}`;
const ring = parseKeyRing(first);
const context = sealContext(7n, 42n, "card number");
const faultOf = (sealed: string, where = context, keys = ring): SealFault => {
  try {
    open(keys, sealed, where);
  } catch (fault) {
    assert.ok(fault instanceof SealFault);
    assert.ok(!`${fault.message}${fault.stack}${String(fault.cause)}`.includes(card));
    return fault;
  }
  return assert.fail(`${sealed} opened`);
};

test("what is sealed opens again, for the same row and purpose", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), fc.string(), (plaintext, where) => {
      assert.equal(open(ring, seal(ring, plaintext, where, randomBytes), where), plaintext);
    }),
  );
});

test("the same text never looks the same twice, and its key is named in front", () => {
  const [one, two] = [seal(ring, card, context, randomBytes), seal(ring, card, context, randomBytes)];
  assert.notEqual(one, two);
  assert.match(one, /^v1\.k1\.[A-Za-z0-9_-]{59}$/);
});

test("a sealed text moved to another merchant, row or purpose stays shut", () => {
  const sealed = seal(ring, card, context, randomBytes);
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
  const sealed = seal(ring, card, context, randomBytes);
  const [version, keyId, text] = sealed.split(".") as [string, string, string];
  const bytes = Buffer.from(text, "base64url");
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const altered = Buffer.from(bytes);
    altered[bit >> 3]! ^= 1 << (bit & 7);
    assert.equal(faultOf(`${version}.${keyId}.${altered.toString("base64url")}`).kind, "not_authentic");
  }
  for (let at = 0; at < sealed.length; at++) {
    for (const char of ["A", "B", "Q", "=", ".", " ", ""]) {
      if (sealed[at] !== char) faultOf(sealed.slice(0, at) + char + sealed.slice(at + 1));
    }
  }
  for (let length = 0; length < bytes.length; length++) {
    faultOf(`${version}.${keyId}.${bytes.subarray(0, length).toString("base64url")}`);
  }
});

test("what was never sealed is refused as such", () => {
  for (const text of ["", card, "v1.k1.", "v2.k1.AAAA", `${seal(ring, card, context, randomBytes)}\n`, "v1..AAAA"]) {
    assert.equal(faultOf(text).kind, "format", text);
  }
});

test("after a rotation the old key still opens, the new one seals, and a dropped one is named", () => {
  const old = seal(ring, card, context, randomBytes);
  const second = newMasterKey(randomBytes);
  const rotated = parseKeyRing(`${second},${first}`);
  assert.equal(open(rotated, old, context), card);
  assert.equal(isCurrent(rotated, old), false);
  const again = seal(rotated, open(rotated, old, context), context, randomBytes);
  assert.equal(isCurrent(rotated, again), true);
  const dropped = parseKeyRing(second);
  assert.equal(open(dropped, again, context), card);
  const fault = faultOf(old, context, dropped);
  assert.equal(fault.kind, "unknown_key");
  assert.match(fault.message, /key k1\b/);
});

test("a key cannot be renamed to pass for another", () => {
  const sealed = seal(ring, card, context, randomBytes);
  const renamed = parseKeyRing(first.replace("k1:", "k2:"));
  assert.equal(faultOf(sealed.replace("v1.k1.", "v1.k2."), context, renamed).kind, "not_authentic");
});

test("a text sealed by an earlier release still opens", () => {
  const sealed = seal(ring, card, context, (bytes) => Buffer.alloc(bytes, 7));
  assert.equal(sealed, "v1.k1.BwcHBwcHBwcHBwcHHLnVyCsdFnp9OqoFg0bQ-Q8FiVTq0RIEVk6I9eBGohk");
  assert.equal(open(ring, sealed, context), card);
});
