import assert from "node:assert/strict";
import { test } from "node:test";
import { systemClock } from "./clock.ts";
import { Armed } from "./engine/armed.ts";
import { postgresStore } from "./payment-store.ts";
import { startPayments } from "./payments.ts";
import { openPool } from "./store/db.ts";
import { openSession } from "./store/session.ts";
import { FakeRail } from "./testing/fake-rail.ts";
import { accept, tools, World } from "./testing/world.ts";

test("every new connection has the database looked at before anything is committed, and one that cannot be is not left open", async (t) => {
  const world = await World.open();
  const pool = openPool(world.url, 3);
  t.after(async () => {
    await pool.end();
    await world.close();
  });
  const merchant = await world.merchant();
  const connections = async (): Promise<number> => {
    const text = "select count(*)::int as n from pg_stat_activity where datname = current_database()";
    return (await world.db.query(text)).rows[0].n;
  };
  const before = await connections();
  let looked = 0;
  const verify = async () => {
    looked += 1;
    if (looked <= 2) throw new Error("the database cannot be read just now");
  };
  const armed = { verify, beat: async () => {}, look: async () => {}, maySend: () => false } as unknown as Armed;
  const rails = [new FakeRail()];
  const payments = startPayments({
    store: postgresStore(world.url, pool),
    clock: systemClock,
    openVault: () => assert.fail("nothing is sent"),
    tools,
    rails,
    armed,
    log: () => {},
  });
  const taken = await payments.committer.commit(accept(merchant, "looked-at", { permits: [] }));
  assert.ok("payout" in taken && looked === 3);
  await payments.close();
  for (let tries = 0; (await connections()) > before + pool.totalCount && tries < 100; tries += 1)
    await new Promise((resolve) => setTimeout(resolve, 20)); // PostgreSQL takes a moment to see one off
  assert.equal(await connections(), before + pool.totalCount);
});

test("a connection that leads to a standby which has taken over freezes, also while reads still go to where they went before", async (t) => {
  const [before, standby] = [await World.open(), await World.open()]; // one PostgreSQL, so that of the standby is made up
  const pool = openPool(before.url, 3);
  t.after(async () => {
    await pool.end();
    await before.close();
    await standby.close();
  });
  await before.merchant();
  const said: string[] = [];
  const witness = { read: () => undefined, write: () => {} };
  const rails = [new FakeRail()];
  const settings = { installation: "one", name: undefined, witness, now: Date.now, log: () => {} };
  const armed = await Armed.open({ ...settings, pool, rails, say: (because) => void said.push(because) });
  await armed.look();
  assert.ok(armed.maySend("sandbox"));
  const merchant = await standby.merchant();
  const openStandby = async () => {
    const session = await openSession(standby.url);
    return { ...session, cluster: { ...session.cluster!, timeline: session.cluster!.timeline! + 1 } };
  };
  const payments = startPayments({
    store: { ...postgresStore(before.url, pool), openSession: openStandby },
    clock: systemClock,
    openVault: () => assert.fail("nothing is sent"),
    tools,
    rails,
    armed,
    log: () => {},
  });
  await payments.committer.commit(accept(merchant, "taken-over", { permits: [] }));
  assert.ok(!armed.maySend("sandbox"));
  assert.match(said.join(), /a standby took over$/);
  await payments.close();
});
