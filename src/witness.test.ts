import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { witnessIn } from "./witness.ts";

test("what was seen is kept in a file that only its owner can read, and what cannot be read was not seen", (t) => {
  const folder = join(mkdtempSync(join(tmpdir(), "disburse-witness-")), "data");
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const witness = witnessIn(folder);
  assert.equal(witness.read(), undefined);
  for (const counter of [1, 2]) {
    witness.write({ installation: "one", counter });
    assert.deepEqual(witness.read(), { installation: "one", counter });
  }
  assert.deepEqual(readdirSync(folder), ["witness.json"]);
  assert.equal(statSync(join(folder, "witness.json")).mode & 0o777, 0o600);
  writeFileSync(join(folder, "witness.json"), '{"installation":"one","coun');
  assert.equal(witness.read(), undefined);
});
