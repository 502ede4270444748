import type pg from "pg";
import type { PayoutReferences } from "../core/command.ts";
import type { Answer } from "../core/attempt.ts";
import type { VaultFacts } from "../core/parties.ts";
import type { Payout } from "../core/payout.ts";
import type { AttemptStory, Story } from "../core/story.ts";
import { inOneTrip, run, type Statement } from "./db.ts";
import { joined } from "./rows.ts";
import { toAnswer, toAttempt, toMethod, toPayout, toVaultItem, vaultColumns, type Row } from "./read.ts";
import { keyOf } from "./working-copy.ts";

/** Tells the stories of a merchant's payouts, however many, with four statements in one round trip. */
export async function tellStories(
  client: pg.ClientBase,
  merchantId: string,
  payouts: readonly Payout[],
): Promise<Story[]> {
  if (payouts.length === 0) return [];
  const belongings = await inOneTrip(readBelongings(client, byIds, merchantId, joined(payouts.map(({ id }) => id))));
  return assemble(payouts, belongings);
}

/** The same for payouts of these ids, or these handles, themselves read in the same round trip. What there is none of is left out. */
export async function readStories(
  client: pg.ClientBase,
  merchantId: string,
  named: { readonly ids: readonly string[] } | { readonly handles: readonly string[] },
): Promise<Story[]> {
  const [by, names] = "ids" in named ? [byIds, joined(named.ids)] : [byHandles, named.handles];
  const payouts = run<Row>(client, by.payouts, [merchantId, names]);
  const [{ rows }, ...belongings] = await inOneTrip([payouts, ...readBelongings(client, by, merchantId, names)]);
  return assemble(rows.map(toPayout), belongings);
}

type Found = pg.QueryResult<Row>;

function readBelongings(client: pg.ClientBase, by: Statements, merchantId: string, names: unknown) {
  const read = (statement: Statement): Promise<Found> => run<Row>(client, statement, [merchantId, names]);
  return [read(by.attempts), read(by.methods), read(by.answers), read(by.references)] as const;
}

function assemble(
  payouts: readonly Payout[],
  [attempts, methods, answers, referred]: readonly [Found, Found, Found, Found],
): Story[] {
  const methodOf = new Map(methods.rows.map((row) => [row.id as string, toMethod(row)]));
  const heard = new Map<string, Answer>();
  for (const row of answers.rows) heard.set(keyOf(row.payout_id, String(row.attempt)), toAnswer(row));
  const references = new Map<string, PayoutReferences>();
  for (const row of referred.rows) references.set(row.payout_id, toReferences(row));
  const stories = new Map<string, AttemptStory[]>(payouts.map(({ id }) => [id, []]));
  for (const row of attempts.rows) {
    stories.get(row.payout_id)?.push({
      attempt: toAttempt(row),
      vault: toVaultFacts(row),
      method: methodOf.get(row.method_id) ?? null,
      heard: heard.get(keyOf(row.payout_id, String(row.attempt))) ?? null,
    });
  }
  return payouts.map((payout) => ({
    payout,
    attempts: stories.get(payout.id) ?? [],
    references: references.get(payout.id) ?? null,
  }));
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

type Statements = Readonly<Record<"payouts" | "attempts" | "methods" | "answers" | "references", Statement>>;

/** The statements for payouts of which `$2` tells the ids: `ids` is SQL of an array. */
const statements = (name: string, ids: string): Statements => ({
  payouts: {
    name: `story_payouts_${name}`,
    text: `select * from payouts where merchant_id = $1 and id = any(${ids})`,
  },
  attempts: {
    name: `story_attempts_${name}`,
    text: `select a.*, ${vaultColumns}
             from attempts a join vault v on v.merchant_id = a.merchant_id and v.id = a.vault_id
            where a.merchant_id = $1 and a.payout_id = any(${ids})
            order by a.payout_id, a.attempt`,
  },
  methods: {
    name: `story_methods_${name}`,
    text: `select m.*, ${vaultColumns}
             from attempts a join payment_methods m on m.merchant_id = a.merchant_id and m.id = a.method_id
                             join vault v on v.merchant_id = m.merchant_id and v.id = m.vault_id
            where a.merchant_id = $1 and a.payout_id = any(${ids})`,
  },
  /** Of each attempt an operator's word, else the answer that closed it, else the latest. */
  answers: {
    name: `story_answers_${name}`,
    text: `select distinct on (payout_id, attempt) * from answers
            where merchant_id = $1 and payout_id = any(${ids})
            order by payout_id, attempt, source = 'operator' desc, closes desc, answer desc`,
  },
  references: {
    name: `story_references_${name}`,
    text: `select * from payout_references where merchant_id = $1 and payout_id = any(${ids})`,
  },
});

const byIds = statements("by_id", "$2::bigint[]");
const byHandles = statements(
  "by_handle",
  "array(select id from names where merchant_id = $1 and kind = 'payout' and name = any($2::text[]))",
);
