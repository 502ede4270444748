import assert from "node:assert/strict";
import { existsSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import pg from "pg";
import { connectionOf, readConnection } from "./connection.ts";
import { ClusterProblem } from "./problem.ts";
import { opened, openScratch, scratch } from "./scratch.ts";

async function ask(url: string, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  client.on("error", () => undefined);
  try {
    await client.connect();
    return (await client.query<unknown[]>({ text, rowMode: "array" })).rows.flat();
  } finally {
    await client.end();
  }
}

const setting = async (url: string, name: string) => (await ask(url, `show ${name}`))[0];
const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);

test("data written before a stop are there after the next start", async (t) => {
  const dataDir = scratch(t);
  const first = await opened(t, dataDir);
  await ask(first.url, "create table kept as select 42 as answer");
  await first.stop();
  await first.ended;
  const second = await opened(t, dataDir);
  assert.deepEqual(await ask(second.url, "select answer from kept"), [42]);
  assert.equal(second.url, first.url, "it comes back on its port, with its password");
});

test("the database is durable, checksummed, UTF-8 in the C locale, and asks for a password", async (t) => {
  const dataDir = scratch(t);
  const { url } = await opened(t, dataDir);
  const expected = { data_checksums: "on", fsync: "on", full_page_writes: "on", synchronous_commit: "on", jit: "off" };
  for (const [name, value] of Object.entries(expected)) assert.equal(await setting(url, name), value, name);
  const locale =
    "select pg_encoding_to_char(encoding), datcollate, datctype from pg_database where datname = 'disburse'";
  assert.deepEqual(await ask(url, locale), ["UTF8", "C", "C"]);
  assert.deepEqual(await ask(url, "select distinct auth_method from pg_hba_file_rules"), ["scram-sha-256"]);
  assert.equal(await setting(url, "listen_addresses"), "127.0.0.1");
  assert.equal(await setting(url, "unix_socket_directories"), "");
  const wrong = new URL(url);
  wrong.password = "guessed";
  await assert.rejects(ask(wrong.href, "select 1"), { code: "28P01" });
});

test("the password lies in a private file, in a private folder, and nowhere else", async (t) => {
  const dataDir = scratch(t);
  const { location } = await opened(t, dataDir);
  assert.equal(modeOf(join(dataDir, "postgres.json")), "600");
  assert.equal(modeOf(join(dataDir, "postgres.log")), "600");
  assert.equal(modeOf(location), "700");
  assert.match(modeOf(dataDir), /^7[01]0$/, "as root, PostgreSQL's account may pass through; nobody may list it");
  const { password = "" } = readConnection(dataDir) ?? {};
  assert.equal(password.length, 32);
  assert.ok(!readFileSync(join(dataDir, "postgres.log"), "utf8").includes(password));
});

test("a folder that holds other things keeps its mode", async (t) => {
  const dataDir = openScratch(t);
  writeFileSync(join(dataDir, "notes.txt"), "");
  for (let start = 1; start <= 2; start++) {
    const { stop } = await opened(t, dataDir);
    await stop();
    assert.equal(modeOf(dataDir), "755");
  }
});

test("a program beside the server finds its database, as long as it runs", async (t) => {
  const dataDir = scratch(t);
  assert.equal(connectionOf(dataDir), undefined);
  const cluster = await opened(t, dataDir);
  assert.equal(connectionOf(dataDir), cluster.url);
  await cluster.stop();
  assert.equal(connectionOf(dataDir), undefined);
});

test("a port that another program has taken meanwhile is exchanged for a free one", async (t) => {
  const dataDir = scratch(t);
  const first = await opened(t, dataDir);
  await first.stop();
  const port = Number(new URL(first.url).port);
  const squatter = createServer().listen(port, "127.0.0.1");
  t.after(() => squatter.close());
  const second = await opened(t, dataDir);
  assert.notEqual(new URL(second.url).port, String(port));
  assert.equal(connectionOf(dataDir), second.url);
});

test("a database that has gone is reported, not replaced by an empty one", async (t) => {
  const dataDir = scratch(t, "elsewhere");
  const { stop, location } = await opened(t, dataDir);
  await stop();
  renameSync(location, join(dataDir, "elsewhere"));
  await assert.rejects(
    opened(t, dataDir),
    (error) => error instanceof ClusterProblem && /is not there/.test(error.message),
  );
  assert.ok(!existsSync(join(dataDir, "server.lock")), "a failed start gives the folder back");
  renameSync(join(dataDir, "elsewhere"), location);
  await opened(t, dataDir);
});

test("a lost password is reported, not replaced by a new one", async (t) => {
  const dataDir = scratch(t);
  const { stop } = await opened(t, dataDir);
  await stop();
  renameSync(join(dataDir, "postgres.json"), join(dataDir, "mislaid.json"));
  await assert.rejects(opened(t, dataDir), { name: "ClusterProblem", message: /holds the password/ });
  writeFileSync(
    join(dataDir, "postgres.json"),
    readFileSync(join(dataDir, "mislaid.json"), "utf8").replace(/("password": )"[^"]+"/, '$1"another"'),
  );
  await assert.rejects(opened(t, dataDir), { name: "ClusterProblem", message: /is not the database's/ });
  assert.equal(connectionOf(dataDir), undefined);
});

test("a log that has grown beyond its bound is put aside at the next start", async (t) => {
  const dataDir = scratch(t);
  const first = await opened(t, dataDir);
  await first.stop();
  const path = join(dataDir, "postgres.log");
  writeFileSync(path, Buffer.alloc(21 * 1024 * 1024, "line\n"));
  await opened(t, dataDir);
  assert.ok(statSync(path).size < 10_000);
  assert.ok(existsSync(`${path}.1`));
});
