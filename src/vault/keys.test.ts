import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { inspect } from "node:util";
import { fingerprint } from "./fingerprint.ts";
import { hashKey } from "./api-key.ts";
import { fingerprintKeyId, fingerprintKeyText, newMasterKey, parseKeyRing } from "./keys.ts";

const bytes = Buffer.from(Array.from({ length: 32 }, (_, i) => i * 7 + 251));
const card = "4111111111111111";

test("a key is read alike from hex and from base64, and the first of several is the current one", () => {
  const spelled = [bytes.toString("hex"), bytes.toString("hex").toUpperCase(), bytes.toString("base64")];
  spelled.push(bytes.toString("base64").replace("=", ""));
  const rings = spelled.map((text) => parseKeyRing(`k1:${text}`));
  assert.equal(new Set(rings.map((ring) => fingerprint(ring, card))).size, 1);
  const ring = parseKeyRing(` new:${"ab01".repeat(16)}, old:${spelled[2]} `);
  assert.equal(ring.currentId, "new");
  assert.deepEqual([...ring.sealingKeys.keys()], ["new", "old"]);
});

test("a faulty key is refused without being repeated", () => {
  const hex = bytes.toString("hex");
  const faulty = [
    "",
    hex,
    ":" + hex,
    "k1:",
    `k1:${hex}00`,
    `k1:${hex.slice(2)}`,
    `k.1:${hex}`,
    `k1:${hex},`,
    `k1:${hex},k1:${hex}`,
  ];
  faulty.push(`k1:${hex.slice(0, -1)}g`, `k1:${bytes.toString("base64")}=`, `k1:${"00".repeat(32)}`, `k1: ${hex}`);
  for (const text of faulty) {
    assert.throws(
      () => parseKeyRing(text),
      (fault: Error) => /DISBURSE_MASTER_KEY/.test(fault.message) && !fault.stack!.includes(hex.slice(2, -2)),
      text,
    );
  }
  assert.throws(() => parseKeyRing(`k1:${hex}`, "short"), /DISBURSE_FINGERPRINT_KEY is not 32 bytes/);
});

test("a key ring shows no key when it is logged", () => {
  const ring = parseKeyRing(`k1:${bytes.toString("hex")}`);
  const shown = inspect(ring, { depth: 9, showHidden: true }) + JSON.stringify(ring);
  assert.ok(!shown.includes(fingerprintKeyText(ring)) && !shown.includes(bytes.toString("hex")));
});

test("a new master key is one that can be read, and no two are alike", () => {
  const [one, two] = [newMasterKey(randomBytes), newMasterKey(randomBytes)];
  assert.equal(parseKeyRing(`${one},${two}`).sealingKeys.size, 2);
});

test("a fingerprint is of the whole number, and stays the same when keys are added in front", () => {
  const old = parseKeyRing(`k1:${bytes.toString("hex")}`);
  const rotated = parseKeyRing(`${newMasterKey(randomBytes)},k1:${bytes.toString("hex")}`);
  assert.match(fingerprint(old, card), /^cst_[0-9a-f]{32}$/);
  assert.equal(fingerprint(rotated, card), fingerprint(old, card));
  assert.notEqual(fingerprint(old, "4111111111111129"), fingerprint(old, card));
  assert.notEqual(fingerprint(parseKeyRing(newMasterKey(randomBytes)), card), fingerprint(old, card));
});

test("the last key can be dropped once its fingerprint key is written down, and not unnoticed before", () => {
  const old = parseKeyRing(`k1:${bytes.toString("hex")}`);
  const next = newMasterKey(randomBytes);
  const dropped = parseKeyRing(next, fingerprintKeyText(old));
  assert.equal(fingerprint(dropped, card), fingerprint(old, card));
  assert.equal(fingerprintKeyId(dropped), fingerprintKeyId(old));
  assert.notEqual(fingerprintKeyId(parseKeyRing(next)), fingerprintKeyId(old));
});

test("keys and fingerprints written by an earlier release are still understood", () => {
  const ring = parseKeyRing(`k1:${bytes.toString("hex")}`);
  assert.equal(fingerprint(ring, card), "cst_4741c193ea631ffb551181c0133f3e9e");
  assert.equal(hashKey("abc").toString("hex"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
});
