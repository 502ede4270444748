import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { inspect } from "node:util";
import { fingerprint, fingerprintKeyId } from "./fingerprint.ts";
import { hashKey } from "./api-key.ts";
import { newMasterKey, parseKeyRing, readKey } from "./keys.ts";

const bytes = Buffer.from(Array.from({ length: 32 }, (_, i) => i * 7 + 251));
const card = "4111111111111111";

test("a key is read alike from hex and from base64, and the first of several is the current one", () => {
  const spelled = [bytes.toString("hex"), bytes.toString("hex").toUpperCase(), bytes.toString("base64")];
  spelled.push(bytes.toString("base64").replace("=", ""));
  const rings = spelled.map((text) => parseKeyRing(`k1:${text}`));
  for (const kind of ["wrapping", "opening"] as const) {
    const keys = rings.map((ring) => ring[kind].get("k1")!.export().toString("hex"));
    assert.equal(new Set(keys).size, 1);
    assert.ok(keys[0] !== bytes.toString("hex"), "a key for each purpose");
  }
  const ring = parseKeyRing(` new:${"ab01".repeat(16)}, middle:${"cd02".repeat(16)}\n`, `old:${spelled[2]}\n`);
  assert.equal(ring.currentId, "new");
  assert.deepEqual([...ring.wrapping.keys()], ["new", "middle", "old"]);
  assert.equal(parseKeyRing().currentId, undefined);
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
      () => parseKeyRing({ name: "THE_SETTING", text }),
      (fault: Error) => /THE_SETTING/.test(fault.message) && !fault.stack!.includes(hex.slice(2, -2)),
      text,
    );
  }
  assert.throws(() => parseKeyRing(`k1:${hex}`, { name: "ANOTHER", text: `k1:${hex}` }), /ANOTHER has a second key/);
  assert.throws(() => readKey("short", "DISBURSE_FINGERPRINT_KEY"), /DISBURSE_FINGERPRINT_KEY is not 32 bytes/);
});

test("a key ring shows no key when it is logged", () => {
  const ring = parseKeyRing(`k1:${bytes.toString("hex")}`);
  const shown = inspect(ring, { depth: 9, showHidden: true }) + JSON.stringify(ring);
  const derived = [...ring.wrapping.values(), ...ring.opening.values(), ...ring.fingerprinting];
  for (const key of [bytes, ...derived.map((one) => one.export())]) assert.ok(!shown.includes(key.toString("hex")));
});

test("a new master key is one that can be read, and no two are alike", () => {
  const [one, two] = [newMasterKey(randomBytes), newMasterKey(randomBytes)];
  assert.equal(parseKeyRing(`${one},${two}`).wrapping.size, 2);
});

test("a fingerprint is of the whole number, and of its key", () => {
  const [key, other] = [parseKeyRing(`k1:${bytes.toString("hex")}`), parseKeyRing(newMasterKey(randomBytes))].map(
    (ring) => ring.fingerprinting[0]!,
  ) as [ReturnType<typeof readKey>, ReturnType<typeof readKey>];
  assert.match(fingerprint(key, card), /^cst_[0-9a-f]{32}$/);
  assert.notEqual(fingerprint(key, "4111111111111129"), fingerprint(key, card));
  assert.notEqual(fingerprint(other, card), fingerprint(key, card));
  assert.notEqual(fingerprintKeyId(other), fingerprintKeyId(key));
});

test("keys and fingerprints written by an earlier release are still understood", () => {
  const [key] = parseKeyRing(newMasterKey(randomBytes), `k1:${bytes.toString("hex")}`).fingerprinting;
  assert.equal(fingerprint(key!, card), "cst_4741c193ea631ffb551181c0133f3e9e");
  assert.equal(hashKey("abc").toString("hex"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
});
