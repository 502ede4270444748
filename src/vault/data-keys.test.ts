import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { memoryStore, openTestVault } from "../testing/vault.ts";
import { newDataKey } from "./data-keys.ts";
import { ringKeeper, type KeyKeeper } from "./keeper.ts";
import { newMasterKey, parseKeyRing } from "./keys.ts";
import { SealFault } from "./seal.ts";

const ring = parseKeyRing(newMasterKey(randomBytes));
const place = (merchantId: string) => ({ merchantId, rowId: "1", purpose: "card" });

/** A keeper that counts what it is asked, and fails while it is told to. */
function countingKeeper() {
  const keeper = ringKeeper(ring, randomBytes);
  const counting = {
    currentId: keeper.currentId,
    asked: { wrap: 0, unwrap: 0 },
    fails: false,
    wrap: (...of: Parameters<KeyKeeper["wrap"]>) => ((counting.asked.wrap += 1), keeper.wrap(...of)),
    unwrap: async (...of: Parameters<KeyKeeper["unwrap"]>) => {
      counting.asked.unwrap += 1;
      if (counting.fails) throw new Error("the key management system is away");
      return keeper.unwrap(...of);
    },
  };
  return counting;
}

function opened(over: { store?: ReturnType<typeof memoryStore>; keeper?: ReturnType<typeof countingKeeper> } = {}) {
  const { store = memoryStore(), keeper = countingKeeper() } = over;
  const clock = { ms: 0 };
  return { store, keeper, clock, vault: openTestVault(null, { ring, store, keeper, monotonic: () => clock.ms }) };
}

test("a merchant's data key is made when it is first needed, and then neither the store nor the keeper is asked again", async () => {
  const { store, keeper, vault } = opened();
  const sealed = await Promise.all(Array.from({ length: 50 }, () => vault.seal(place("7"), "secret")));
  assert.deepEqual([store.asked, keeper.asked], [1, { wrap: 1, unwrap: 1 }]);
  for (const text of sealed) assert.equal(await vault.open(place("7"), text), "secret");
  assert.deepEqual([store.asked, keeper.asked], [1, { wrap: 1, unwrap: 1 }]);
  assert.equal(new Set(sealed.map((text) => text.split(".")[1])).size, 1);
  const other = await vault.seal(place("8"), "secret");
  assert.notEqual(other.split(".")[1], sealed[0]!.split(".")[1]);
  await assert.rejects(vault.open(place("8"), sealed[0]!), SealFault, "another merchant has no such key");
});

test("a server takes up a new current key within five seconds, and reads under both", async () => {
  const { store, keeper, clock, vault } = opened();
  const before = await vault.seal(place("7"), "before");
  const key = await newDataKey(keeper, "7", randomBytes);
  store.all.get("7")!.push(key);
  clock.ms = 4_999;
  assert.equal((await vault.seal(place("7"), "x")).split(".")[1], before.split(".")[1]);
  clock.ms = 5_000;
  const after = await vault.seal(place("7"), "after");
  assert.equal(after.split(".")[1], key.id);
  assert.deepEqual([await vault.open(place("7"), before), await vault.open(place("7"), after)], ["before", "after"]);
});

test("a keeper that fails is asked again, and its failure is no fault of what is sealed", async () => {
  const first = opened();
  const sealed = await first.vault.seal(place("7"), "secret");
  const { keeper, vault } = opened({ store: first.store });
  keeper.fails = true;
  for (const attempt of [vault.open(place("7"), sealed), vault.seal(place("7"), "x")])
    await assert.rejects(attempt, (error) => !(error instanceof SealFault) && /is away/.test(String(error)));
  keeper.fails = false;
  assert.equal(await vault.open(place("7"), sealed), "secret");
  await vault.seal(place("7"), "x");
});

test("no more than ten thousand data keys are kept open, and the ones in use stay", async () => {
  const { store, keeper, vault } = opened();
  const sealed = await vault.seal(place("0"), "secret");
  for (let merchant = 1; merchant <= 10_000; merchant += 1) {
    await vault.seal(place(String(merchant)), "x");
    if (merchant % 1_000 === 0) await vault.open(place("0"), sealed);
  }
  const { unwrap } = keeper.asked;
  const { asked } = store;
  await vault.open(place("0"), sealed);
  assert.deepEqual([keeper.asked.unwrap, store.asked], [unwrap, asked], "in use");
  await vault.keys.forOpening("1", store.all.get("1")![0]!.id);
  assert.equal(keeper.asked.unwrap, unwrap + 1, "not used for longest");
});

test("a wrapped key that was altered, or given to another merchant or id, is refused, also by a keeper that does not look", async () => {
  const blind: KeyKeeper = {
    currentId: "blind",
    wrap: (plain) => Promise.resolve({ masterKeyId: "blind", wrapped: plain.toString("base64") }),
    unwrap: ({ wrapped }) => Promise.resolve(Buffer.from(wrapped, "base64")),
  };
  for (const keeper of [blind, ringKeeper(ring, randomBytes)]) {
    const store = memoryStore();
    const vault = () => openTestVault(null, { ring, store, keeper });
    const sealed = await vault().seal(place("7"), "secret");
    await vault().seal(place("8"), "secret");
    const [key] = store.all.get("7")!;
    const [other] = store.all.get("8")!;
    store.all.set("7", [{ ...key!, wrapped: other!.wrapped }]);
    await assert.rejects(vault().open(place("7"), sealed), { kind: "not_authentic" });
    await assert.rejects(vault().seal(place("7"), "x"), { kind: "not_authentic" });
    store.all.set("7", [{ ...key!, masterKeyId: "gone" }]);
    if (keeper !== blind)
      await assert.rejects(vault().open(place("7"), sealed), { kind: "unknown_key", message: /gone/ });
    store.all.set("7", [key!]);
    assert.equal(await vault().open(place("7"), sealed), "secret");
  }
});
