import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { checkBooks } from "../store/check.ts";

/** A line of the sandbox bank's journal: what became of a transfer, and, where a send of ours is the reason, of which. */
interface Line {
  readonly kind: string;
  readonly at: number;
  readonly send?: number;
  readonly transfer: { readonly reference: string; readonly status: string; readonly amountMinor: number };
}

/** The bank's clock is ours; so long it may take from the first byte of a send to the line in its journal. */
const writtenWithinMs = 1_000;

/**
 * Waits until no payout is under way any more, and then holds our books against themselves and against those of the bank in the
 * server's `folder`: what we say was paid was paid once, nothing else was, and every send had an intent and came in time.
 */
export async function compareBooks(url: string, folder: string, withinMs = 60_000): Promise<{ paid: number }> {
  const db = new pg.Client({ connectionString: url });
  await db.connect();
  try {
    const deadline = performance.now() + withinMs;
    const open = "select count(*)::int n from payouts where state in ('queued', 'sent', 'accepted', 'in_doubt')";
    for (let left = 1; left > 0; await delay(100)) {
      left = (await db.query(open)).rows[0].n;
      assert.ok(left === 0 || performance.now() < deadline, `${left} payouts are still open`);
    }
    assert.deepEqual(await checkBooks(url, false), []);
    const { rows } = await db.query(
      `select a.reference, s.send, a.payout_id, a.amount_minor::int as amount, s.deadline_at
         from attempts a join sends s using (merchant_id, payout_id, attempt)`,
    );
    const ours = new Map(rows.map((row) => [`${row.reference} ${row.send}`, row]));
    const payoutOf = new Map(rows.map((row) => [row.reference, row.payout_id]));
    const status = new Map<string, string>();
    for (const { at, send, transfer } of journalIn(folder)) {
      status.set(transfer.reference, transfer.status);
      if (send === undefined) continue;
      const sent = ours.get(`${transfer.reference} ${send}`);
      assert.ok(sent, `the bank has send ${send} of ${transfer.reference}, of which we have no intent`);
      assert.equal(transfer.amountMinor, sent.amount, transfer.reference);
      const lateMs = at - sent.deadline_at.getTime();
      assert.ok(lateMs < writtenWithinMs, `send ${send} of ${transfer.reference} came ${lateMs} ms too late`);
    }
    const theirs = [...status].filter(([, is]) => is === "paid").map(([reference]) => payoutOf.get(reference));
    const { rows: paid } = await db.query("select id from payouts where state = 'paid'");
    const words = "what the bank paid, once each, is what we say was paid";
    assert.deepEqual(theirs.sort(), paid.map(({ id }) => id).sort(), words);
    return { paid: paid.length };
  } finally {
    await db.end();
  }
}

const journalIn = (folder: string): Line[] =>
  readFileSync(join(folder, "sandbox-bank", "books.jsonl"), "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Line)
    .filter(({ kind }) => kind === "change");
