import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { request } from "undici";
import { checkBooks } from "../store/check.ts";
import { readBankBooks } from "./bank-books.ts";
import type { Merchant } from "./drive.ts";
import { makeMerchants } from "./merchants.ts";
import { openSite, type Site } from "./site.ts";
import { Tally } from "./tally.ts";

const folder = mkdtempSync(join(tmpdir(), "disburse-two-servers-"));
let site: Site;
let merchant: Merchant;
before(async () => {
  const options = { folder, servers: 2, seed: 1, fsync: false, plant: undefined, calmBank: true, log: () => {} };
  site = await openSite(options, new Tally());
  await site.start();
  [merchant] = (await makeMerchants(site.portOf(0), 1)).merchants as [Merchant];
});
after(async () => {
  await site.close();
  rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
});

async function call(server: number, path: string, body?: object): Promise<{ status: number; state?: string }> {
  const answer = await request(`http://127.0.0.1:${site.lines.clients[server]!.port}${path}`, {
    method: body === undefined ? "GET" : "POST",
    headers: {
      authorization: `Basic ${Buffer.from(`${merchant.privateKey}:`).toString("base64")}`,
      "content-type": "application/json",
    },
    body: body === undefined ? null : JSON.stringify(body),
    signal: AbortSignal.timeout(15_000),
  });
  const { state } = (await answer.body.json()) as { state?: string };
  return { status: answer.statusCode, ...(state !== undefined && { state }) };
}

const ask = (server: number, handle: string, text: string) =>
  call(server, "/v1/payout", { handle, destination: merchant.cards[0]!.id, amount: 100, currency: "EUR", text });

/** How often the bank has paid each of these handles, by the references that our books have for them. */
async function bookings(handles: readonly string[]): Promise<number[]> {
  const rows = await site.database.ask<{ handle: string; reference: string }>(
    "select handle, reference from attempts a join payouts p on p.merchant_id = a.merchant_id and p.id = a.payout_id",
  );
  const paid = (await readBankBooks(join(site.bankFolder, "books.jsonl"))).filter(({ status }) => status === "paid");
  const ours = (handle: string) => rows.filter((row) => row.handle === handle).map(({ reference }) => reference);
  return handles.map((handle) => paid.filter(({ reference }) => ours(handle).includes(reference)).length);
}

async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  for (const end = performance.now() + 30_000; !(await isSo()); await sleep(20))
    assert.ok(performance.now() < end, what);
}

const sql = async (text: string): Promise<number> => (await site.database.ask<{ count: number }>(text))[0]!.count;

test(
  "a server that is asked to end under load ends well, and the other one carries on",
  { timeout: 90_000 },
  async () => {
    const handles = Array.from({ length: 120 }, (_, n) => `stop-${n}`);
    /** As the documents tell clients to: no answer and 5xx, the same again; 133 and 134, it is there. */
    const persist = async (handle: string, n: number) => {
      for (let server = n % 2; ; server = 1 - server) {
        const answer = await ask(server, handle, `sandbox:slow=${n < 100 ? n * 20 : 8_000}`).catch(() => undefined);
        if (answer !== undefined && answer.status < 500) return;
        await sleep(50);
      }
    };
    const asked = handles.map(persist);
    await until("no send was seen", async () => (await sql("select count(*)::int as count from sends")) >= 100);
    const { how, tookMs } = await site.servers[0]!.stop();
    assert.equal(how, "code 0");
    assert.ok(tookMs < 10_000, `it took ${Math.round(tookMs)} ms`);
    assert.equal((await ask(1, "after-the-stop", "")).state, "paid");
    await Promise.all(asked);
    // What the stopped one had sent and not heard of is asked for when its time has come: here that is now.
    await site.database.ask("update payouts set next_at = now() where state = 'sent'");
    const open = "select count(*)::int as count from payouts where state not in ('paid', 'failed')";
    await until("some are still open", async () => (await sql(open)) === 0);
    assert.deepEqual(new Set(await bookings(handles)), new Set([1]));
    await site.servers[0]!.start();
  },
);

test("a server that is paused for longer than its lease, and goes on, harms nothing", { timeout: 60_000 }, async () => {
  const first = ask(0, "paused", "sandbox:slow=1500").catch(() => undefined);
  await until(
    "it was not sent",
    async () => site.watch.seen.size > 0 && (await sql(`${sentSql} and handle = 'paused'`)) === 1,
  );
  site.servers[0]!.pause();
  await site.database.ask("update payouts set next_at = now() where handle = 'paused'"); // a lease's time has passed
  await until(
    "the other server did not take it over",
    async () => (await call(1, "/v1/payout/paused")).state === "paid",
  );
  site.servers[0]!.resume();
  await first; // whatever it was told
  assert.equal((await call(0, "/v1/payout/paused")).state, "paid");
  assert.deepEqual(await bookings(["paused"]), [1]);
  assert.equal(
    await sql(
      "select count(*)::int as count from sends s join payouts p on p.id = s.payout_id where handle = 'paused'",
    ),
    2,
  );
  assert.equal((await ask(0, "after-the-pause", "")).state, "paid");
  assert.deepEqual(await checkBooks(site.database.url), []);
});

const sentSql = "select count(*)::int as count from payouts where state = 'sent'";
