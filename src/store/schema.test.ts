import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { freshDatabase } from "../testing/database.ts";
import { openClient } from "./db.ts";
import { migrationsFolder } from "./migrate.ts";
import { describeSchema } from "./schema.ts";

const preface =
  "-- What the migrations add up to, for reading: made from the catalog of a migrated database, and never run.\n" +
  "-- A test compares it; with DISBURSE_TEST_WRITE=yes in the environment it writes it anew.\n\n";

test("migrations/schema.sql is what the migrations add up to, in every PostgreSQL", async (t) => {
  const { url, drop } = await freshDatabase();
  const client = await openClient(url);
  t.after(async () => {
    await client.end();
    await drop();
  });
  const text = preface + (await describeSchema(client));
  const file = join(migrationsFolder, "schema.sql");
  if (process.env["DISBURSE_TEST_WRITE"] === "yes") writeFileSync(file, text);
  assert.equal(readFileSync(file, "utf8"), text);
});
