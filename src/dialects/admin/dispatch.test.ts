import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type pg from "pg";
import { Armed } from "../../engine/armed.ts";
import { armDispatch } from "../../engine/arming.ts";
import { openPool } from "../../store/db.ts";
import { openReader } from "../../store/reader.ts";
import { FakeRail } from "../../testing/fake-rail.ts";
import { accept, ids, tools, World } from "../../testing/world.ts";
import { hashKey } from "../../vault/api-key.ts";
import { caller, type Call } from "./call.ts";
import { adminDialect } from "./routes.ts";

// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Json = any;
let world: World;
let pool: pg.Pool;
let rail: FakeRail;
let armed: Armed;
let call: Call;

before(async () => {
  world = await World.open();
  pool = openPool(world.url, 3);
  rail = new FakeRail();
  const witness = { read: () => undefined, write: () => {} };
  const ports = { pool, rails: [rail], installation: "one", name: "prod", witness, now: Date.now, log: () => {} };
  armed = await Armed.open({ ...ports, say: () => {} });
  await armed.look();
  call = callerOf({
    armed,
    arm: (order) =>
      armDispatch({ ...ports, armed, tools, commit: world.committer.commit, hint: async () => undefined }, order),
  });
});
after(async () => {
  await pool.end();
  await world.close();
});

const callerOf = (dispatch: Parameters<typeof adminDialect>[0]["dispatch"]): Call =>
  caller(
    adminDialect({
      services: { commit: world.committer.commit, reader: openReader(pool), ids },
      webhooks: undefined as never,
      merchants: undefined as never,
      keys: undefined as never,
      pool,
      ...(dispatch !== undefined && { dispatch }),
      adminTokenHash: hashKey("a token of twenty-four characters"),
      rails: ["sandbox"],
      url: () => "",
    }),
    () => "r".repeat(32),
    Date.now,
  );
const ask = async (status: number, ...request: Parameters<Call>): Promise<Json> => {
  const told = await call(...request);
  assert.equal(told.status, status, JSON.stringify(told.body));
  return JSON.parse(JSON.stringify(told.body));
};

test("how dispatch stands is told with its reason, what would go out, and its history", async () => {
  const merchant = await world.merchant();
  const queued = await world.commit(accept(merchant, "queued", { permits: [] }));
  const { dispatch, because, installation, queued_payouts, log } = await ask(200, "GET", "/admin/dispatch");
  assert.deepEqual([dispatch, because, installation, queued_payouts, log.length], ["armed", null, "prod", 1, 1]);

  rail.book(`${queued.attempt.reference.slice(0, 6)}AAAAAAAAAAAAAA`, { status: "accepted" });
  await world.db.query("update dispatch set timeline = 99");
  await armed.verify();
  const frozen = await ask(200, "GET", "/admin/dispatch");
  assert.equal(frozen.dispatch, "frozen");
  assert.match(frozen.because, /timeline 99 to \d+/);
  assert.ok(Date.parse(frozen.since) < Date.parse(frozen.frozen_at));
});

test("it is armed by whoever gives a reason, when every bank has told", async () => {
  assert.equal((await ask(400, "POST", "/admin/arm", {})).error.field, "reason");
  assert.equal((await ask(400, "POST", "/admin/arm", { reason: "x", force: "yes" })).error.field, "force");
  rail.silent = true;
  const refused = await ask(409, "POST", "/admin/arm", { reason: "it was a drill" });
  assert.deepEqual(refused.error, {
    code: "not_armed",
    message: "nothing was armed: sandbox does not tell what it has done (the bank does not answer)",
  });
  rail.silent = false;
  const told = await ask(200, "POST", "/admin/arm", { reason: "it was a drill", by: "ada" });
  assert.deepEqual([told.armed, told.dispatch, told.asked.rails[0].forgotten], [true, "armed", 1]);
  const [{ event, by, reason, forced }] = told.log;
  assert.deepEqual([event, by, reason, forced], ["armed", "ada", "it was a drill", false]);
  const [{ status, amount_minor, payout }] = told.transfers;
  assert.deepEqual([status, amount_minor, payout], ["accepted", 10_000, null]);
  assert.equal((await ask(200, "GET", "/admin/dispatch?transfers=all")).transfers.length, 1);
});

test("where there are no rails it is not asked", async () => {
  const { status, body } = await callerOf(undefined)("GET", "/admin/dispatch");
  assert.deepEqual([status, (body as Json).error.code], [409, "no_rails"]);
});
