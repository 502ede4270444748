import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { memoryStore, openTestVault } from "../testing/vault.ts";
import { rewrap } from "./data-keys.ts";
import { keeperBeside, ringKeeper } from "./keeper.ts";
import { newMasterKey, parseKeyRing } from "./keys.ts";
import { commandKeeper } from "./kms-command.ts";
import { SealFault } from "./seal.ts";

const folder = mkdtempSync(join(tmpdir(), "disburse-kms-"));
after(() => rmSync(folder, { recursive: true }));
process.env["KMS_KEYS"] = folder;
writeFileSync(join(folder, "cloud-1"), randomBytes(32).toString("hex"), { mode: 0o600 });
const example = fileURLToPath(new URL("../../examples/kms.sh", import.meta.url));
const place = { merchantId: "7", rowId: "1", purpose: "card" };

/** A program of one's own, by its lines after `#!/bin/sh`. */
function program(name: string, lines: string): string {
  const file = join(folder, name);
  writeFileSync(file, `#!/bin/sh\n${lines}\n`);
  chmodSync(file, 0o700);
  return file;
}
const keeperOf = (path: string, withinMs = 10_000) => commandKeeper({ program: path, keyId: "cloud-1", withinMs });

test("data keys are wrapped and unwrapped by a program of the operator's, once per key and server", async () => {
  const store = memoryStore();
  const ring = parseKeyRing();
  const vault = () => openTestVault(null, { ring, store, keeper: keeperOf(example) });
  const sealed = await vault().seal(place, "secret");
  assert.equal(store.all.get("7")![0]!.masterKeyId, "cloud-1");
  const again = vault();
  assert.equal(await again.open(place, sealed), "secret");
  process.env["KMS_KEYS"] = "/nowhere"; // whoever has the data key does not ask
  assert.equal(await again.open(place, sealed), "secret");
  await assert.rejects(vault().open(place, sealed), (error) => {
    return !(error instanceof SealFault) && /kms\.sh unwrap cloud-1 ended with 2/.test(String(error));
  });
  process.env["KMS_KEYS"] = folder;
});

test("a program is told the key and the context, and nothing of it is read by a shell", async () => {
  const file = join(folder, "told");
  const keeper = keeperOf(program("tells", `printf '%s|' "$@" > ${file}; base64 -d | base64 -w 10`));
  const { wrapped } = await keeper.wrap(Buffer.from("plain"), `["7","$(id)","data key"]`);
  assert.equal(Buffer.from(wrapped, "base64").toString(), "plain");
  assert.equal(readFileSync(file, "utf8"), `wrap|cloud-1|["7","$(id)","data key"]|`);
});

test("a program that fails, lingers, babbles or is not there is told by what it did, never by what it was given", async () => {
  const secret = Buffer.from("the plain data key");
  const cases: [string, RegExp][] = [
    [program("fails", "exit 3"), /fails wrap cloud-1 ended with 3/],
    [program("lingers", "sleep 2"), /did not answer within 0.2 seconds/],
    [program("babbles", "exec cat /dev/zero"), /said too much/],
    [program("empty", "cat > /dev/null"), /did not answer in base64/],
    [program("words", "echo 'no, thanks'"), /did not answer in base64/],
    [join(folder, "nothing"), /could not be started/],
  ];
  for (const [path, words] of cases) {
    await assert.rejects(
      keeperOf(path, path.endsWith("lingers") ? 200 : 10_000).wrap(secret, "context"),
      (error: Error) => {
        assert.match(error.message, words);
        return !error.stack!.includes(secret.toString("base64"));
      },
    );
  }
});

test("from a master key to a program and back, everything can be read on the way", async () => {
  const store = memoryStore();
  const ring = parseKeyRing(newMasterKey(randomBytes));
  const outside = keeperOf(example);
  const sealed = await openTestVault(null, { ring, store, keeper: ringKeeper(ring, randomBytes) }).seal(
    place,
    "secret",
  );
  for (const [wraps, id] of [
    ["outside", "cloud-1"],
    ["ring", ring.currentId],
  ] as const) {
    const keeper = keeperBeside(outside, ring, randomBytes, wraps);
    const vault = () => openTestVault(null, { ring, store, keeper });
    assert.equal(await vault().open(place, sealed), "secret");
    const [key] = store.all.get("7")!;
    store.all.set("7", [await rewrap(keeper, "7", key!)]);
    assert.equal(store.all.get("7")![0]!.masterKeyId, id);
    assert.equal(await vault().open(place, sealed), "secret");
  }
});
