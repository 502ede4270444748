import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { extname, join } from "node:path";
import { test, type TestContext } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { connectionOf, readConnection } from "./connection.ts";
import { isPostmasterOf, readPidFile } from "./pidfile.ts";
import { isRunning } from "./process.ts";
import { kill, opened, scratch } from "./scratch.ts";

/** A server in a process of its own, to be killed: it opens the cluster, says so, and stays. */
async function serverOn(t: TestContext, dataDir: string) {
  const main = import.meta.resolve(`./cluster${extname(import.meta.url)}`);
  const program = `
    import { openCluster } from ${JSON.stringify(main)};
    const { url } = await openCluster(${JSON.stringify(dataDir)}, () => {});
    process.stdout.write(url);
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", program], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  t.after(() => child.kill("SIGKILL"));
  return { child, url: once(child.stdout, "data").then(String) };
}

async function run(url: string, text: string) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<{ n: number }>(text)).rows.map((row) => row.n);
  } finally {
    await client.end();
  }
}

test("what was committed survives kill -9 of PostgreSQL, whose stale pid file is no obstacle", async (t) => {
  const dataDir = scratch(t);
  const first = await opened(t, dataDir);
  await run(first.url, "create table paid as select 1 as n");
  await kill(first.location);
  await Promise.race([first.ended, delay(2000).then(() => assert.fail("the server hears of it"))]);
  await first.stop();
  assert.ok(existsSync(join(first.location, "postmaster.pid")));
  const second = await opened(t, dataDir);
  assert.deepEqual(await run(second.url, "select n from paid"), [1]);
});

test("a PostgreSQL whose server was killed is stopped cleanly and started anew", async (t) => {
  const dataDir = scratch(t);
  const { child, url } = await serverOn(t, dataDir);
  await run(await url, "create table paid as select 1 as n");
  child.kill("SIGKILL");
  await once(child, "exit");
  const orphan = readPidFile(join(dataDir, "postgres"))?.pid ?? 0;
  assert.ok(isRunning(orphan), "it outlives its server");
  assert.equal(connectionOf(dataDir), await url);

  const lines: string[] = [];
  const second = await opened(t, dataDir, lines);
  assert.ok(!isPostmasterOf(orphan, second.location));
  assert.match(lines[0] ?? "", new RegExp(`left PostgreSQL running \\(process ${orphan}\\)`));
  assert.deepEqual(await run(second.url, "select n from paid"), [1]);
  assert.doesNotMatch(readFileSync(join(dataDir, "postgres.log"), "utf8"), /not properly shut down/);
});

test("sessions that outlive a killed PostgreSQL are waited for", async (t) => {
  const dataDir = scratch(t);
  const first = await opened(t, dataDir);
  const busy = new pg.Client({ connectionString: first.url });
  busy.on("error", () => undefined);
  await busy.connect();
  // A session deep in work does not see that PostgreSQL has gone; this one is for about a second.
  const work = busy
    .query("select count(*) from generate_series(1, 2e6) g where md5(g::text) = ''")
    .catch(() => undefined);
  await delay(50);
  await kill(first.location);
  await first.stop();
  const lines: string[] = [];
  const second = await opened(t, dataDir, lines);
  assert.match(lines[0] ?? "", /could not start yet .*trying again/);
  assert.deepEqual(await run(second.url, "select 1 as n"), [1]);
  await work;
});

test("the pid of a killed PostgreSQL may since belong to another program", async (t) => {
  const dataDir = scratch(t);
  const first = await opened(t, dataDir);
  await kill(first.location);
  await first.stop();
  const file = join(first.location, "postmaster.pid");
  const other = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "ignore" });
  t.after(() => other.kill("SIGKILL"));
  writeFileSync(file, readFileSync(file, "utf8").replace(/^\d+/, String(other.pid)));
  assert.equal(connectionOf(dataDir), undefined);
  await opened(t, dataDir);
  assert.ok(isRunning(other.pid ?? 0), "which is left alone");
});

test("a kill while the database is being made leaves what the next start repairs", async (t) => {
  const dataDir = scratch(t);
  const { child } = await serverOn(t, dataDir);
  const isHalfMade = () => readdirSync(dataDir).some((name) => existsSync(join(dataDir, name, "cluster", "global")));
  while (!isHalfMade()) await delay(5);
  child.kill("SIGKILL");
  await once(child, "exit");
  assert.ok(!existsSync(join(dataDir, "postgres")));
  const cluster = await opened(t, dataDir);
  assert.deepEqual(await run(cluster.url, "select 1 as n"), [1]);
});

test("a kill between the cluster and its first start is repaired too", async (t) => {
  const dataDir = scratch(t);
  const first = await opened(t, dataDir);
  await run(first.url.replace(/disburse$/, "postgres"), "drop database disburse");
  await first.stop();
  const { createdAt, ...connection } = readConnection(dataDir) ?? {};
  assert.ok(createdAt);
  writeFileSync(join(dataDir, "postgres.json"), JSON.stringify({ ...connection, port: 0 }));
  const second = await opened(t, dataDir);
  assert.deepEqual(await run(second.url, "select 1 as n"), [1]);
});

test("a second server on the same folder is refused, and told who has it", async (t) => {
  const dataDir = scratch(t);
  const { child, url } = await serverOn(t, dataDir);
  await url;
  const words = `Another server (process ${child.pid}) is running on the data folder ${dataDir}.`;
  await assert.rejects(opened(t, dataDir), (error: Error) => error.message.startsWith(words));
  assert.deepEqual(await run(await url, "select 1 as n"), [1], "the first one is not disturbed");
  child.kill("SIGKILL");
});

test("leftovers of a draft do not stand in the way", async (t) => {
  const dataDir = scratch(t);
  mkdirSync(join(dataDir, "postgres.draft-0badcafe", "cluster"), { recursive: true });
  await opened(t, dataDir);
  assert.ok(!existsSync(join(dataDir, "postgres.draft-0badcafe")));
});
