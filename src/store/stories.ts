import type pg from "pg";
import type { PayoutReferences } from "../core/command.ts";
import type { Answer } from "../core/attempt.ts";
import type { Method, VaultFacts } from "../core/parties.ts";
import type { Payout } from "../core/payout.ts";
import type { AttemptStory, Story } from "../core/story.ts";
import { inOneTrip, run } from "./db.ts";
import { joined } from "./rows.ts";
import { toAnswer, toAttempt, toMethod, toVaultItem, vaultColumns, type Row } from "./read.ts";
import { keyOf } from "./working-copy.ts";

/** Tells the stories of a merchant's payouts, however many, with four statements in two round trips. */
export async function tellStories(
  client: pg.ClientBase,
  merchantId: string,
  payouts: readonly Payout[],
): Promise<Story[]> {
  if (payouts.length === 0) return [];
  const ids = joined(payouts.map(({ id }) => id));
  const [{ rows }, answers, referred] = await inOneTrip([
    run<Row>(client, readAttempts, [merchantId, ids]),
    run<Row>(client, readHeard, [merchantId, ids]),
    run<Row>(client, readReferences, [merchantId, ids]),
  ]);
  const methods = await readMethods(client, merchantId, rows);
  const heard = new Map<string, Answer>();
  for (const row of answers.rows) heard.set(keyOf(row.payout_id, String(row.attempt)), toAnswer(row));
  const references = new Map<string, PayoutReferences>();
  for (const row of referred.rows) references.set(row.payout_id, toReferences(row));
  const stories = new Map<string, AttemptStory[]>(payouts.map(({ id }) => [id, []]));
  for (const row of rows) {
    stories.get(row.payout_id)?.push({
      attempt: toAttempt(row),
      vault: toVaultFacts(row),
      method: methods.get(row.method_id) ?? null,
      heard: heard.get(keyOf(row.payout_id, String(row.attempt))) ?? null,
    });
  }
  return payouts.map((payout) => ({
    payout,
    attempts: stories.get(payout.id) ?? [],
    references: references.get(payout.id) ?? null,
  }));
}

async function readMethods(
  client: pg.ClientBase,
  merchantId: string,
  attempts: readonly Row[],
): Promise<Map<string, Method>> {
  const ids = [...new Set(attempts.flatMap((row) => (row.method_id === null ? [] : [row.method_id as string])))];
  if (ids.length === 0) return new Map();
  const { rows } = await run<Row>(client, readMethodsById, [merchantId, ids]);
  return new Map(rows.map((row) => [row.id as string, toMethod(row)]));
}

const toReferences = (r: Row): PayoutReferences => ({
  merchantId: r.merchant_id,
  payoutId: r.payout_id,
  merchantReference: r.merchant_reference,
  merchantOrderId: r.merchant_order_id === null ? null : Number(r.merchant_order_id),
  invoiceNumber: r.invoice_number,
});

/** Without the sealed number, which nobody who tells a story has a use for. */
function toVaultFacts(row: Row): VaultFacts {
  const { vaultId, kind, masked, fingerprint, brand, expMonth, expYear, amountTable } = toVaultItem(row);
  return { vaultId, kind, masked, fingerprint, brand, expMonth, expYear, amountTable };
}

const readAttempts = {
  name: "story_attempts",
  text: `select a.*, ${vaultColumns}
           from attempts a join vault v on v.merchant_id = a.merchant_id and v.id = a.vault_id
          where a.merchant_id = $1 and a.payout_id = any($2::bigint[])
          order by a.payout_id, a.attempt`,
};
const readReferences = {
  name: "story_references",
  text: "select * from payout_references where merchant_id = $1 and payout_id = any($2::bigint[])",
};
const readMethodsById = {
  name: "story_methods",
  text: `select m.*, ${vaultColumns}
           from payment_methods m join vault v on v.merchant_id = m.merchant_id and v.id = m.vault_id
          where m.merchant_id = $1 and m.id = any($2::text[])`,
};
/** Of each attempt an operator's word, else the answer that closed it, else the latest. */
const readHeard = {
  name: "story_answers",
  text: `select distinct on (payout_id, attempt) * from answers
          where merchant_id = $1 and payout_id = any($2::bigint[])
          order by payout_id, attempt, source = 'operator' desc, closes desc, answer desc`,
};
