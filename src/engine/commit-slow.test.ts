import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { isRefusal } from "../core/refusal.ts";
import { checkBooks } from "../store/check.ts";
import { slowLine, type SlowLine } from "../testing/slow-line.ts";
import { accept, committerOn, World, type TestMerchant } from "../testing/world.ts";
import type { Committer } from "./commit.ts";
import { CommitFault } from "./fault.ts";

let world: World;
let merchant: TestMerchant;
let line: SlowLine;
let committer: Committer;
const budgetMs = 800;
before(async () => {
  world = await World.open();
  merchant = await world.merchant();
});
beforeEach(async () => {
  line = await slowLine(world.url);
  committer = committerOn(line.url, { budgetMs, waiting: 100, flushers: 1 });
  assert.ok(!isRefusal(await committer.commit(accept(merchant, `before-${line.url}`))));
});
afterEach(async () => {
  await committer.close();
  await line.close();
});
after(() => world.close());

const kindOf = (result: PromiseSettledResult<unknown>): string =>
  result.status === "fulfilled" ? "done" : result.reason instanceof CommitFault ? result.reason.kind : "other";
const countOf = async (prefix: string): Promise<number> =>
  (await world.db.query("select count(*)::int n from payouts where handle like $1 || '%'", [prefix])).rows[0].n;

test("while the database is silent everybody is told in time, and the queue keeps its bound", async () => {
  line.stall();
  const startedAt = performance.now();
  const inFlight = committer.commit(accept(merchant, "stalled-0"));
  await new Promise((resolve) => setTimeout(resolve, 20)); // it is on its way to a database that does not answer
  const crowd = Array.from({ length: 150 }, (_, index) => committer.commit(accept(merchant, `stalled-${index + 1}`)));
  assert.equal(committer.waiting(), 100);
  const kinds = (await Promise.allSettled([inFlight, ...crowd])).map(kindOf);
  assert.ok(performance.now() - startedAt < budgetMs + 700, "the caller's time, and the next sweep");
  assert.equal(kinds[0], "unknown", "what was under way may yet be committed");
  assert.equal(kinds.filter((kind) => kind === "too_late").length, 100);
  assert.equal(kinds.filter((kind) => kind === "overloaded").length, 50);
  assert.equal(committer.waiting(), 0);

  line.flow();
  const again = await committer.commit(accept(merchant, "stalled-0"), 5_000);
  assert.ok(!isRefusal(again) || again.refused === "payout_processing");
  assert.equal(await countOf("stalled-"), 1, "and none of those who were too late was begun");
  assert.deepEqual(await checkBooks(world.url, false), []);
});

test("a slow line makes batches large, not wrong", async () => {
  line.delayMs = 40;
  const results = await Promise.allSettled(
    Array.from({ length: 90 }, (_, index) => committer.commit(accept(merchant, `slow-${index}`), 5_000)),
  );
  assert.deepEqual([...new Set(results.map(kindOf))], ["done"]);
  assert.equal(await countOf("slow-"), 90);
});
