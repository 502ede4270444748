import assert from "node:assert/strict";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { openCluster, type Cluster } from "./embedded/cluster.ts";
import { connectionOf } from "./embedded/connection.ts";
import { compareBooks } from "./testing/compare-books.ts";
import { Crowd } from "./testing/crowd.ts";
import { Payer } from "./testing/payers.ts";
import { onSmallDisk, type SmallDisk } from "./testing/small-disk.ts";
import { Started } from "./testing/started.ts";

/** PostgreSQL with its data on the small disk; a second one on the same folder goes on with the first one's, on its port. */
const clusterOn = ({ folder }: SmallDisk): Promise<Cluster> =>
  openCluster(join(folder, "data"), () => {}, join(folder, "none"));

const payersOf = async (server: Started): Promise<Payer[]> => [
  await Payer.of(server, "first"),
  await Payer.of(server, "second"),
];

/** PostgreSQL writes its log to a new file, for which there is no room. It stops at once: what it cannot log it must not do. */
async function outgrowLog(url: string): Promise<void> {
  const db = new pg.Client({ connectionString: url });
  db.on("error", () => {});
  await db.connect();
  await assert.rejects(db.query("select pg_logical_emit_message(true, 'test', repeat('x', 20000000))"));
  await db.end();
}

onSmallDisk(import.meta.url, {
  async "tables cannot grow: everybody is told to try again, and all goes on when there is room"(t, disk) {
    const cluster = await clusterOn(disk);
    const server = await Started.on(cluster.url);
    const crowd = new Crowd(await payersOf(server), "full", 10);
    await delay(1_000);
    disk.fill();
    for (let times = 0; times < 2; times += 1) await crowd.hears(503);
    disk.free();
    await delay(1_000);
    const paid = await crowd.stop();
    assert.match(server.output(), /could not extend file/);
    assert.deepEqual(await compareBooks(cluster.url, server.folder), { paid });
    await crowd.assertAllPaid();
    t.diagnostic(crowd.summary);
    await server.remove();
    await cluster.stop();
  },

  async "the log of PostgreSQL cannot grow: it stops, and the server waits for it to come back"(t, disk) {
    const cluster = await clusterOn(disk);
    const server = await Started.on(cluster.url);
    const crowd = new Crowd(await payersOf(server), "log-full", 10);
    await delay(1_000);
    disk.fill();
    await outgrowLog(cluster.url);
    await cluster.ended;
    for (let times = 0; times < 2; times += 1) await crowd.hears(503);
    assert.equal((await fetch(`${server.demo.url}/health`)).status, 503);
    disk.free();
    await cluster.stop();
    const again = await clusterOn(disk); // as whoever looks after PostgreSQL does
    await delay(1_000);
    const paid = await crowd.stop();
    assert.deepEqual(await compareBooks(again.url, server.folder), { paid });
    await crowd.assertAllPaid();
    t.diagnostic(crowd.summary);
    await server.remove();
    await again.stop();
  },

  async "the embedded database stops on a full disk: the server ends too, says why, and goes on when started with room"(
    t,
    disk,
  ) {
    const folder = join(disk.folder, "data");
    const server = await Started.open(folder);
    const { port } = new URL(server.demo.url);
    const crowd = new Crowd(await payersOf(server), "all-full", 10);
    await delay(1_000);
    disk.fill();
    await outgrowLog(connectionOf(folder)!);
    assert.equal(await server.ended, 1);
    assert.match(server.output(), /The database has ended, so the server ends too/);
    await assert.rejects(Started.open(folder), /No space left on device/);
    disk.free();
    const again = await Started.open(folder, { PORT: port });
    await delay(1_000);
    const paid = await crowd.stop();
    assert.deepEqual(await compareBooks(connectionOf(folder)!, again.folder), { paid });
    await crowd.assertAllPaid();
    t.diagnostic(crowd.summary);
    await again.end();
  },
});
