import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { noBouncer, openBouncer } from "./testing/bouncer.ts";
import { Crowd } from "./testing/crowd.ts";
import { compareBooks } from "./testing/compare-books.ts";
import { emptyDatabase } from "./testing/database.ts";
import { Payer } from "./testing/payers.ts";
import { Started } from "./testing/started.ts";

const words = "when the pooler is killed in the middle and started again, nothing is lost and nobody is paid twice";
test(words, { skip: noBouncer }, async (t) => {
  const database = await emptyDatabase();
  const bouncer = await openBouncer(database.url, 4);
  const server = await Started.on(bouncer.url);
  t.after(async () => {
    await server.remove();
    await bouncer.close();
    await database.drop();
  });
  const crowd = new Crowd([await Payer.of(server, "first"), await Payer.of(server, "second")], "killed", 8);
  for (const silentMs of [200, 1_500, 200, 5_000, 200]) {
    await delay(500);
    await bouncer.kill();
    await delay(silentMs);
    await bouncer.start();
  }
  await delay(500);
  const paid = await crowd.stop();
  assert.match(server.output(), /a batch was not committed/);
  assert.ok(
    crowd.faults.some(({ status }) => status === 503),
    "somebody was told to try again",
  );
  assert.deepEqual(await compareBooks(database.url, server.folder), { paid });
  await crowd.assertAllPaid();
  t.diagnostic(crowd.summary);
});
