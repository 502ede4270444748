import assert from "node:assert/strict";
import { test } from "node:test";
import { Busy, Running, tellBusy } from "./running.ts";

const answering = { errorId: "8a41a5dd-7366-4026-a41b-e98c56808edd", requestId: "24146" };

function underWay(): { promise: Promise<string>; resolve: (done: string) => void } {
  let resolve: (done: string) => void = () => {};
  const promise = new Promise<string>((fulfil) => (resolve = fulfil));
  return { promise, resolve };
}

test("while the first request of a key is under way a repeat is told since when, and afterwards it is carried out", async () => {
  const running = new Running();
  const { promise, resolve } = underWay();
  const first = running.alone("m", "create k", 1_000, () => promise);
  const repeat = await running.alone("m", "create k", 2_000, () => Promise.resolve("never"));
  assert.ok(repeat instanceof Busy);
  const { status, headers, body } = tellBusy(repeat, answering);
  assert.deepEqual([status, headers], [409, { "x-gcs-idempotence-request-timestamp": "1000" }]);
  const { errors } = body as { errors: { code: string }[] };
  assert.deepEqual(
    errors.map(({ code }) => code),
    ["1409"],
  );
  resolve("done");
  assert.equal(await first, "done");
  assert.equal(await running.alone("m", "create k", 3_000, () => Promise.resolve("again")), "again");
});

test("another merchant's key, another call's, and none at all do not wait", async () => {
  const running = new Running();
  const { promise, resolve } = underWay();
  const first = running.alone("m", "create k", 1_000, () => promise);
  const others = [
    ["n", "create k"],
    ["m", "approve 1 k"],
    ["m", null],
    ["m", null],
  ] as const;
  for (const [merchant, key] of others)
    assert.equal(await running.alone(merchant, key, 2_000, () => Promise.resolve("done")), "done");
  resolve("done");
  await first;
});

test("a request that broke does not keep its key", async () => {
  const running = new Running();
  await assert.rejects(
    running.alone("m", "create k", 1_000, () => Promise.reject(new Error("broke"))),
    /broke/,
  );
  assert.equal(await running.alone("m", "create k", 2_000, () => Promise.resolve("done")), "done");
});
