import assert from "node:assert/strict";
import { test } from "node:test";
import { systemClock } from "./clock.ts";
import type { Armed } from "./engine/armed.ts";
import { postgresStore } from "./payment-store.ts";
import { startPayments } from "./payments.ts";
import { openPool } from "./store/db.ts";
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
