import type pg from "pg";
import type { Command, NameClaim } from "../core/command.ts";
import { inOneTrip, run } from "./db.ts";
import { joined } from "./rows.ts";
import {
  toAccount,
  toAttempt,
  toCustomer,
  toMerchant,
  toMethod,
  toPayout,
  toToken,
  vaultColumns,
  type Row,
} from "./read.ts";
import { keyOf, type WorkingCopy } from "./working-copy.ts";

/**
 * Locks what the commands name, in one order for everybody, and reads it into the working copy: names (claimed before, see
 * {@link claimNames}), payouts, tokens and methods, customers, merchants, counters, accounts last (they are the busiest).
 */
export async function lockAndLoad(
  client: pg.ClientBase,
  commands: readonly Command[],
  copy: WorkingCopy,
): Promise<void> {
  const [payouts, tokens, methods] = await inOneTrip([
    lock(
      client,
      lockPayouts,
      keys(commands, (c) => [...(c.payouts ?? []), ...payoutsNamed(c, copy)]),
    ),
    lock(
      client,
      lockTokens,
      keys(commands, (c) => c.tokens ?? []),
    ),
    lock(
      client,
      lockMethods,
      keys(commands, (c) => c.methods ?? []),
    ),
  ]);
  for (const row of payouts) {
    copy.payouts.load(toPayout(row));
    if (row.a_attempt !== null) copy.latestAttempts.set(keyOf(row.merchant_id, row.id), toAttempt(latestAttempt(row)));
  }
  for (const row of tokens) copy.tokens.load(toToken(row));
  for (const row of methods) copy.methods.load(toMethod(row));

  const ids = [...new Set(commands.map((c) => c.merchantId))].sort();
  const [customers, merchants, counters, accounts] = await inOneTrip([
    lock(
      client,
      lockCustomers,
      keys(commands, (c) => [...(c.customers ?? []), ...ownersOf(c, copy)]),
    ),
    run<Row>(client, lockMerchants, [joined(ids)]).then(({ rows }) => rows),
    lockCounters(client, commands),
    lock(client, lockAccounts, accountKeys(commands, copy)),
  ]);
  for (const row of customers) copy.customers.load(toCustomer(row));
  for (const row of merchants) copy.merchants.set(row.id, toMerchant(row));
  for (const row of counters)
    copy.counters.load({ merchantId: row.merchant_id, counter: row.counter, value: Number(row.value) });
  for (const row of accounts) copy.accounts.load(toAccount(row));
}

type Key = readonly [merchantId: string, name: string];

/** Unique keys in one total order, so that two batches never wait for each other in a circle. */
function keys(commands: readonly Command[], named: (command: Command) => readonly string[]): Key[] {
  const unique = new Map<string, Key>();
  for (const command of commands) {
    for (const name of named(command)) unique.set(keyOf(command.merchantId, name), [command.merchantId, name]);
  }
  return [...unique.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, key]) => key);
}

async function lock(
  client: pg.ClientBase,
  statement: { name: string; text: string; ids?: boolean },
  named: readonly Key[],
) {
  if (named.length === 0) return [];
  const second = named.map(([, name]) => name);
  const values = [joined(named.map(([merchantId]) => merchantId)), statement.ids === true ? joined(second) : second];
  const { rows } = await run<Row>(client, { name: statement.name, text: statement.text }, values);
  return rows;
}

/** What became of the names that a batch claims. */
export interface Names {
  /** Written now, with the id of the first command that claimed it. */
  readonly fresh: readonly (NameClaim & { readonly merchantId: string })[];
  /** Known before, and what they stand for. */
  readonly known: readonly (Omit<NameClaim, "id"> & { readonly merchantId: string; readonly id: string })[];
}

/** The first statement of a batch: inserts all new names, sorted. What does not come back exists, and is read. */
export async function claimNames(client: pg.ClientBase, commands: readonly Command[]): Promise<Names> {
  const claims = new Map<string, NameClaim & { merchantId: string }>();
  for (const command of commands) {
    for (const claim of command.names ?? []) {
      const key = keyOf(command.merchantId, claim.kind, claim.name);
      if (!claims.has(key)) claims.set(key, { ...claim, merchantId: command.merchantId });
    }
  }
  if (claims.size === 0) return { fresh: [], known: [] };
  const sorted = [...claims.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, claim]) => claim);
  const values = (list: typeof sorted) => [
    joined(list.map((c) => c.merchantId)),
    list.map((c) => c.kind),
    list.map((c) => c.name),
  ];
  const { rows } = await run<Row>(client, insertNames, [...values(sorted), joined(sorted.map((c) => c.id))]);
  const fresh = new Set(rows.map((row) => keyOf(row.merchant_id, row.kind, row.name)));
  const isFresh = (claim: (typeof sorted)[number]) => fresh.has(keyOf(claim.merchantId, claim.kind, claim.name));
  const rest = sorted.filter((claim) => !isFresh(claim));
  const known = rest.length === 0 ? [] : (await run<Row>(client, readNames, values(rest))).rows;
  return {
    fresh: sorted.filter(isFresh),
    known: known.map((row) => ({ merchantId: row.merchant_id, kind: row.kind, name: row.name, id: row.id })),
  };
}

const payoutsNamed = (command: Command, copy: WorkingCopy): string[] =>
  (command.names ?? [])
    .filter((claim) => claim.kind === "payout" || claim.kind === "idempotence")
    .flatMap((claim) => copy.knownNames.get(keyOf(command.merchantId, claim.kind, claim.name)) ?? []);

/** The owners of the methods a command names: whoever pays to a method deals with its customer. */
const ownersOf = (command: Command, copy: WorkingCopy): string[] =>
  (command.methods ?? []).flatMap((id) => copy.methods.get(keyOf(command.merchantId, id))?.customer ?? []);

function accountKeys(commands: readonly Command[], copy: WorkingCopy): Key[] {
  return keys(commands, (command) => {
    const named = [...(command.payouts ?? []), ...payoutsNamed(command, copy)];
    const currencies = named.flatMap((id) => copy.payouts.get(keyOf(command.merchantId, id))?.currency ?? []);
    return command.currency === undefined ? currencies : [...currencies, command.currency];
  });
}

async function lockCounters(client: pg.ClientBase, commands: readonly Command[]): Promise<Row[]> {
  const named = keys(commands, (c) => c.counters ?? []);
  if (named.length === 0) return [];
  const values = [joined(named.map(([merchantId]) => merchantId)), named.map(([, counter]) => counter)];
  const [, { rows }] = await inOneTrip([run(client, startCounters, values), run<Row>(client, lockCounterRows, values)]);
  return rows;
}

const latestAttempt = (r: Row): Row => ({
  merchant_id: r.merchant_id,
  payout_id: r.id,
  attempt: r.a_attempt,
  reference: r.a_reference,
  rail: r.a_rail,
  vault_id: r.a_vault_id,
  method_id: r.a_method_id,
  amount_minor: r.a_amount_minor,
  statement_text: r.a_statement_text,
  merchant_reference: r.a_merchant_reference,
  created_at: r.a_created_at,
});

const insertNames = {
  name: "claim_names",
  text: `insert into names (merchant_id, kind, name, id)
         select * from unnest($1::bigint[], $2::text[], $3::text[], $4::bigint[])
         on conflict do nothing returning merchant_id, kind, name`,
};
const readNames = {
  name: "read_names",
  text: `select n.* from unnest($1::bigint[], $2::text[], $3::text[]) as k(merchant_id, kind, name)
           join names n using (merchant_id, kind, name)`,
};
const lockPayouts = {
  name: "lock_payouts",
  ids: true,
  text: `select p.*, a.attempt a_attempt, a.reference a_reference, a.rail a_rail, a.vault_id a_vault_id,
                a.method_id a_method_id, a.amount_minor a_amount_minor, a.statement_text a_statement_text,
                a.merchant_reference a_merchant_reference,
                a.created_at a_created_at
           from unnest($1::bigint[], $2::bigint[]) as k(merchant_id, id)
           join payouts p using (merchant_id, id)
           left join attempts a on a.merchant_id = p.merchant_id and a.payout_id = p.id and a.attempt = p.attempt
          order by p.merchant_id, p.id
            for no key update of p`,
};
const lockTokens = {
  name: "lock_tokens",
  text: `select t.*, ${vaultColumns} from unnest($1::bigint[], $2::text[]) as k(merchant_id, id)
           join card_tokens t using (merchant_id, id)
           join vault v on v.merchant_id = t.merchant_id and v.id = t.vault_id
          order by t.merchant_id, t.id for no key update of t`,
};
const lockMethods = {
  name: "lock_methods",
  text: `select m.*, ${vaultColumns} from unnest($1::bigint[], $2::text[]) as k(merchant_id, id)
           join payment_methods m using (merchant_id, id)
           join vault v on v.merchant_id = m.merchant_id and v.id = m.vault_id
          order by m.merchant_id, m.id for no key update of m`,
};
const lockCustomers = {
  name: "lock_customers",
  text: `select c.* from unnest($1::bigint[], $2::text[]) as k(merchant_id, handle)
           join customers c using (merchant_id, handle)
          order by c.merchant_id, c.handle for no key update of c`,
};
const lockMerchants = {
  name: "lock_merchants",
  text: `select * from merchants where id = any($1::bigint[]) order by id for share`,
};
const startCounters = {
  name: "start_counters",
  text: `insert into counters (merchant_id, counter, value)
         select k.*, 0 from unnest($1::bigint[], $2::text[]) as k on conflict do nothing`,
};
const lockCounterRows = {
  name: "lock_counters",
  text: `select c.* from unnest($1::bigint[], $2::text[]) as k(merchant_id, counter)
           join counters c using (merchant_id, counter)
          order by c.merchant_id, c.counter for no key update of c`,
};
const lockAccounts = {
  name: "lock_accounts",
  text: `select a.* from unnest($1::bigint[], $2::text[]) as k(merchant_id, currency)
           join accounts a using (merchant_id, currency)
          order by a.merchant_id, a.currency for no key update of a`,
};
