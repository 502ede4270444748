import assert from "node:assert/strict";
import { test } from "node:test";
import { fundMerchant } from "../flow/fund.ts";
import { freshDatabase } from "../testing/database.ts";
import { Process } from "./process.ts";
import type { Recorded } from "./record.ts";
import { conform } from "./sql/conformance.ts";
import { addMerchant, connect, prepare } from "./sql/connect.ts";
import { Replay } from "./sql/replay.ts";
import { World } from "./world.ts";

test("the database in memory does with batches what PostgreSQL does", async () => {
  const { url, drop } = await freshDatabase();
  try {
    const seeds = Array.from({ length: 20 }, (_, at) => at + 1);
    const { batches, beside, differences } = await conform(url, seeds);
    assert.deepEqual(differences, []);
    assert.ok(batches > 1_000, `${batches} batches`);
    assert.ok(beside > 5, `${beside} beside others`);
  } finally {
    await drop();
  }
});

test("what two batches add at once is refused to the second, by the same constraint", async () => {
  const recorded: Recorded[] = [];
  const world = new World({ seed: 1, record: (event) => recorded.push(event) });
  await world.open();
  world.faults.on = false;
  const { database, timeline, chance } = world;
  const [merchant] = database.tables.merchants.values();
  const fund = async (id: string): Promise<void> => {
    const session = await database.reach(new Process(id, world, 0), chance).store.openSession();
    const money = { merchantId: merchant!.id, id, reference: id, currency: "SEK", amountMinor: 1n };
    await session.run([fundMerchant(money)]).catch(() => {});
  };
  const both = Promise.all([fund("1"), fund("2")]);
  await timeline.run(() => false, 5_000);
  await both;
  assert.deepEqual(
    recorded.flatMap((event) => (event.kind === "refused" ? [event.constraint] : [])),
    ["accounts_pkey"],
  );

  const { url, drop } = await freshDatabase();
  const client = await connect(url);
  await prepare(client);
  for (const one of database.tables.merchants.values()) await addMerchant(client, one);
  const replay = new Replay(url);
  await replay.run(recorded);
  await replay.close();
  await client.end();
  await drop();
  assert.deepEqual(replay.differences, []);
});
