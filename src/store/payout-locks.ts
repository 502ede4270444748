import type pg from "pg";
import { inOneTrip } from "./db.ts";
import { lock, type Lock } from "./lock.ts";
import { toAttempt, toPayout, type Row } from "./read.ts";
import type { Remembered } from "./remembered.ts";
import type { Key } from "./wanted.ts";
import { keyOf, type WorkingCopy } from "./working-copy.ts";

/** Locks payouts. What is remembered of them is not read again, unless somebody else has written them since. */
export async function lockPayouts(
  client: pg.ClientBase,
  keys: readonly Key[],
  copy: WorkingCopy,
  remembered: Remembered,
): Promise<void> {
  const unknown = keys.filter(([merchantId, id]) => remembered.of(merchantId, id) === undefined);
  if (unknown.length === keys.length) return load(copy, await lock(client, lockAndRead, keys));
  const [locked, read] = await inOneTrip([lock(client, lockKnown, keys), lock(client, readLocked, unknown)]);
  load(copy, read);
  const outdated: Key[] = [];
  for (const { merchant_id, id, writer } of locked) {
    const kept = remembered.of(merchant_id, id);
    if (kept === undefined) continue;
    if (kept.writer !== writer) outdated.push([merchant_id, id]);
    else {
      copy.payouts.load(kept.payout);
      copy.latestAttempts.set(keyOf(merchant_id, id), kept.attempt);
    }
  }
  if (outdated.length > 0) load(copy, await lock(client, readLocked, outdated));
}

const load = (copy: WorkingCopy, rows: readonly Row[]): void => {
  for (const row of rows) copy.payouts.load(toPayout(row));
};

/** Reads the latest attempts of payouts that are locked, but for those that are known. */
export async function readAttempts(client: pg.ClientBase, keys: readonly Key[], copy: WorkingCopy): Promise<void> {
  const unknown = keys.filter((key) => !copy.latestAttempts.has(keyOf(...key)));
  for (const row of await lock(client, readLatest, unknown))
    copy.latestAttempts.set(keyOf(row.merchant_id, row.payout_id), toAttempt(row));
}

const locking = (name: string, columns: string): Lock => ({
  name,
  ids: true,
  text: `select ${columns} from unnest($1::bigint[], $2::bigint[]) as k(merchant_id, id)
           join payouts p using (merchant_id, id)
          order by p.merchant_id, p.id
            for no key update of p`,
});
const lockAndRead = locking("lock_payouts", "p.*");
const lockKnown = locking("lock_known_payouts", "p.merchant_id, p.id, p.xmin as writer");
const readLocked: Lock = {
  name: "read_locked_payouts",
  ids: true,
  text: `select p.* from unnest($1::bigint[], $2::bigint[]) as k(merchant_id, id)
           join payouts p using (merchant_id, id)`,
};
/** Read once the payouts are locked: a statement that waited for a lock still sees attempts as they were before. */
const readLatest: Lock = {
  name: "read_attempts",
  ids: true,
  text: `select a.* from unnest($1::bigint[], $2::bigint[]) as k(merchant_id, id)
           join payouts p using (merchant_id, id)
           join attempts a on a.merchant_id = p.merchant_id and a.payout_id = p.id and a.attempt = p.attempt`,
};
