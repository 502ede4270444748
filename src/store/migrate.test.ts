import assert from "node:assert/strict";
import { test } from "node:test";
import pg from "pg";
import { emptyDatabase, freshDatabase } from "../testing/database.ts";
import { migrate, MigrationProblem } from "./migrate.ts";

test("migrating twice is migrating once", async (t) => {
  const { url, drop } = await emptyDatabase();
  t.after(drop);
  const lines: string[] = [];
  const done = await migrate(url, (line) => lines.push(line));
  assert.equal(done[0], "0001_roles");
  assert.deepEqual(lines, [`the database's schema was brought up to date (${done.length} migrations)`]);
  assert.deepEqual(await migrate(url, (line) => lines.push(line)), []);
  assert.equal(lines.length, 1, "what is up to date says nothing");
});

test("two servers that start at once migrate once: the second waits for the first", async (t) => {
  const { url, drop } = await emptyDatabase();
  t.after(drop);
  const [first, second] = await Promise.all([migrate(url), migrate(url)]);
  assert.equal(first.length === 0, second.length > 0);
});

test("databases of one server can be migrated at the same time, though they share their roles", async (t) => {
  const databases = await Promise.all([emptyDatabase(), emptyDatabase(), emptyDatabase()]);
  t.after(() => Promise.all(databases.map(({ drop }) => drop())));
  const done = await Promise.all(databases.map(({ url }) => migrate(url)));
  for (const names of done) assert.equal(names[0], "0001_roles");
});

/** Runs `statements` in that database as superuser; what stands there of roles is removed when the test is over. */
async function asSuperuser(url: string, ...statements: string[]): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

function as(url: string, user: string): string {
  const other = new URL(url);
  [other.username, other.password] = [user, "secret"];
  return other.toString();
}

test("a user who owns the database and may create roles is enough, and can act as the app afterwards", async (t) => {
  const { url, drop } = await emptyDatabase();
  const user = `owner_${new URL(url).pathname.slice(-8)}`;
  t.after(async () => {
    await drop();
    await asSuperuser(process.env["DISBURSE_TEST_DATABASE_URL"]!, `drop role ${user}`);
  });
  const database = new URL(url).pathname.slice(1);
  await asSuperuser(
    url,
    `create role ${user} login createrole password 'secret'`,
    `grant disburse_migrator, disburse_app, disburse_checker to ${user} with admin option`,
    `alter database ${database} owner to ${user}`,
  );
  await migrate(as(url, user));
  await asSuperuser(
    as(url, user),
    "set role disburse_app",
    "select * from payouts",
    "select * from due_to_send('sandbox', now(), 1, '{}')",
  );
});

test("a user who may not set up the database is told which SQL somebody else has to run", async (t) => {
  const { url, drop } = await freshDatabase();
  const { url: empty, drop: dropEmpty } = await emptyDatabase();
  const user = `guest_${new URL(url).pathname.slice(-8)}`;
  t.after(async () => {
    await Promise.all([drop(), dropEmpty()]);
    await asSuperuser(process.env["DISBURSE_TEST_DATABASE_URL"]!, `drop role ${user}`);
  });
  await asSuperuser(url, `create role ${user} login password 'secret'`);
  await assert.rejects(migrate(as(empty, user)), (problem: unknown) => {
    assert.ok(problem instanceof MigrationProblem);
    assert.match(problem.message, new RegExp(`grant disburse_migrator, .* to "${user}";`));
    assert.match(problem.message, new RegExp(`alter database "disburse_test_\\w+" owner to "${user}";`));
    assert.doesNotMatch(problem.message, /secret/);
    return true;
  });
});
