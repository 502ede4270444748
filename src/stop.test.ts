import assert from "node:assert/strict";
import { createSecretKey, randomBytes } from "node:crypto";
import { mkdtempSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { openSandboxBank } from "./sandbox-bank.ts";
import { readConfig } from "./config.ts";
import { emptyDatabase, type TestDatabase } from "./testing/database.ts";
import { Started } from "./testing/started.ts";
import { Line } from "./torture/line.ts";
import { newMasterKey } from "./vault/keys.ts";

const secret = "a secret of enough characters";

/** A bank that takes calls and says nothing; or, where it `hears`, only that it has done nothing yet. */
async function silentBank(hears: boolean): Promise<string> {
  const server = createServer((request, response) => {
    if (hears && request.url === "/callback-url") response.end("{}");
    if (hears && request.url?.startsWith("/transfers?") === true) response.end('{"changes":[],"next_cursor":0}');
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  after(() => server.close().closeAllConnections());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Twenty payouts under way to a bank that says nothing. */
async function underWay(database: TestDatabase, line: Line): Promise<Started> {
  const url = new URL(database.url);
  url.port = String(line.port);
  const server = await Started.open(mkdtempSync(join(tmpdir(), "disburse-stop-")), {
    DATABASE_URL: url.href,
    DISBURSE_MASTER_KEY: newMasterKey(randomBytes),
    DISBURSE_SANDBOX_BANK_URL: await silentBank(true),
    DISBURSE_SANDBOX_SECRET: secret,
    DISBURSE_UNSAFE_DURABILITY: "yes",
  });
  const to = { destination: server.demo.frisbii.card, amount: 100, currency: "EUR" };
  for (let n = 0; n < 20; n += 1)
    void server.call("POST", "/v1/payout", { handle: `stop-${n}`, ...to }).catch(() => {});
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  while ((await client.query("select from sends")).rowCount !== 20) await sleep(10);
  await client.end();
  return server;
}

describe("a server ends within ten seconds when it is asked to", { concurrency: true }, () => {
  const cases: [string, (line: Line) => void][] = [
    ["while its bank is silent", () => {}],
    ["while its bank is silent and its database stands still", (line) => line.stall()],
    ["while its bank is silent and its database is gone", (line) => line.block()],
  ];
  for (const [when, hurt] of cases) {
    test(when, { timeout: 60_000 }, async () => {
      const database = await emptyDatabase();
      const line = await Line.open(() => Number(new URL(database.url).port));
      const server = await underWay(database, line);
      after(async () => {
        server.child.kill("SIGKILL");
        await server.remove();
        await line.close();
        await database.drop();
      });
      hurt(line);
      const from = performance.now();
      assert.equal(await server.end(), 0);
      const tookMs = performance.now() - from;
      assert.ok(tookMs < 10_000, `it took ${Math.round(tookMs)} ms`);
    });
  }
});

test("a start does not wait for a bank that says nothing", { timeout: 20_000 }, async () => {
  const environment = { DISBURSE_SANDBOX_BANK_URL: await silentBank(false), DISBURSE_SANDBOX_SECRET: secret };
  const said: string[] = [];
  const bank = await openSandboxBank(readConfig(environment), createSecretKey(randomBytes(32)), (line) =>
    said.push(line),
  );
  await bank.callBackAt("http://127.0.0.1:1/");
  assert.match(said.join(), /cannot be reached yet/);
});
