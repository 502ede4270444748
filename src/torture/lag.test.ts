import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Lag } from "./lag.ts";

test("time in which nothing gets to run is lost, and the rest is not", async () => {
  const lag = new Lag();
  await sleep(200);
  const before = lag.totalMs;
  const until = performance.now() + 400;
  while (performance.now() < until);
  assert.ok(lag.nowMs >= 340, "while it is going on");
  await sleep(100);
  const lost = lag.totalMs - before;
  assert.ok(lost >= 340, `${lost} ms`);
  assert.ok(lag.nowMs < 340, "and it is over");
});
