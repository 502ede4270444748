import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { compareBooks } from "./testing/compare-books.ts";
import { Crowd } from "./testing/crowd.ts";
import { databaseOfOwnUser } from "./testing/own-user.ts";
import { Payer } from "./testing/payers.ts";
import { Started } from "./testing/started.ts";

test("without a connection everybody is told to try again; with one, all goes on by itself", async (t) => {
  const database = await databaseOfOwnUser();
  t.after(() => database.drop());
  const server = await Started.on(database.url);
  t.after(() => server.remove());
  const crowd = new Crowd([await Payer.of(server, "first"), await Payer.of(server, "second")], "few", 20);
  for (let round = 0; round < 3; round += 1) {
    await delay(500);
    await database.takeConnections();
    await crowd.hears(503);
    assert.equal((await fetch(`${server.demo.url}/health`)).status, 503);
    await delay(round * 2_000);
    await database.giveConnections();
  }
  await delay(500);
  const paid = await crowd.stop();
  assert.match(server.output(), /"code":"53300"/);
  assert.deepEqual(await compareBooks(database.adminUrl, server.folder), { paid });
  await crowd.assertAllPaid();
  t.diagnostic(crowd.summary);
});
