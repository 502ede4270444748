import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { isRefusal } from "../core/refusal.ts";
import { badLine, type Fate } from "../testing/proxy.ts";
import { accept, committerOn, World, type TestMerchant } from "../testing/world.ts";
import { CommitFault } from "./fault.ts";

let world: World;
let merchant: TestMerchant;
before(async () => {
  world = await World.open();
  merchant = await world.merchant();
});
after(() => world.close());

/** Commits a payout over a line that does `fate` to the first COMMIT. Tells what the flusher made of it. */
async function overBadLine(handle: string, fate: Fate) {
  let done = false;
  const line = await badLine(world.url, (sent) => {
    if (done || !sent.includes("commit\0")) return "pass";
    done = true;
    return fate;
  });
  const said: unknown[] = [];
  const committer = committerOn(line.url, { log: ({ next }) => void said.push(next) });
  const answered = await committer.commit(accept(merchant, handle));
  await committer.close();
  await line.close();
  assert.ok(done, "there was a COMMIT to lose");
  const { rows } = await world.db.query(
    `select count(distinct p.id)::int payouts, count(e.*)::int holds from payouts p join entries e on e.subject_id = p.id where p.handle = $1`,
    [handle],
  );
  return { answered, said, rows };
}

test("a COMMIT whose answer is lost is looked up: it was in, and nothing is done again", async () => {
  const { answered, said, rows } = await overBadLine("answer-lost", "cut_answer");
  assert.deepEqual(said, ["committed"]);
  assert.ok(!isRefusal(answered) && answered.payout.state === "sent");
  assert.deepEqual(rows, [{ payouts: 1, holds: 1 }]);
});

test("a COMMIT that never arrived is looked up: it was not in, and the batch is tried again", async () => {
  const { answered, said, rows } = await overBadLine("commit-lost", "cut_before");
  assert.deepEqual(said, ["again"]);
  assert.ok(!isRefusal(answered) && answered.payout.state === "sent");
  assert.deepEqual(rows, [{ payouts: 1, holds: 1 }]);
});

test("a database that cannot be reached is said to be unavailable, within seconds", async () => {
  const committer = committerOn("postgres://nobody:nothing@127.0.0.1:9/none");
  const startedAt = performance.now();
  const fault = await committer.commit(accept(merchant, "nowhere")).catch((error: unknown) => error);
  assert.ok(fault instanceof CommitFault && fault.kind === "unavailable");
  assert.ok(performance.now() - startedAt < 6_000);
  await committer.close();
});

test("a committer is closed within seconds, also while a lost COMMIT cannot be looked up", async () => {
  let isLost = false;
  let lose = () => {};
  const lost = new Promise<void>((resolve) => (lose = resolve));
  const line = await badLine(world.url, (sent) => {
    if (isLost) return "cut_before"; // from here on nothing can be asked
    if (!sent.includes("commit\0")) return "pass";
    isLost = true;
    lose();
    return "cut_answer";
  });
  const committer = committerOn(line.url, { budgetMs: 60_000 });
  const fault = committer.commit(accept(merchant, "closing")).catch((error: unknown) => error);
  await lost;
  const startedAt = performance.now();
  await committer.close();
  assert.ok(performance.now() - startedAt < 3_000);
  const told = await fault;
  assert.ok(told instanceof CommitFault && told.kind === "unknown");
  await line.close();
});
