import type pg from "pg";
import type { Command } from "../core/command.ts";
import { inOneTrip, run } from "./db.ts";
import { lock } from "./lock.ts";
import { lockPayouts, readAttempts } from "./payout-locks.ts";
import type { Remembered } from "./remembered.ts";
import { joined } from "./rows.ts";
import { toAccount, toCardSession, toCustomer, toMerchant, toMethod, toToken, vaultColumns, type Row } from "./read.ts";
import { tellAll, wanted, type Facts, type Key } from "./wanted.ts";
import { keyOf, type WorkingCopy } from "./working-copy.ts";

/**
 * Locks what the commands name, in one order for everybody, and reads it into the working copy: names (claimed before, see names.ts),
 * payouts, tokens and methods, customers, merchants, counters, accounts last (they are the busiest). Which customers
 * and accounts are wanted depends on payouts and methods; where all of these are remembered, everything is locked in one round trip.
 */
export async function lockAndLoad(
  client: pg.ClientBase,
  commands: readonly Command[],
  copy: WorkingCopy,
  remembered: Remembered,
): Promise<void> {
  const payoutKeys = wanted.payouts(commands, copy);
  const facts = remembered.facts(copy.knownNames);
  const things = lockThings(client, commands, payoutKeys, copy, remembered);
  if (tellAll(facts, commands)) {
    await inOneTrip([things, lockParties(client, commands, facts, copy)]);
    await readAttempts(client, payoutKeys, copy);
  } else {
    await things;
    await inOneTrip([readAttempts(client, payoutKeys, copy), lockParties(client, commands, copy, copy)]);
  }
  const belongings = wanted.belongings(commands);
  if (belongings.length > 0) await loadBelongings(client, belongings, copy);
}

/** Payouts, and what payouts are paid to. */
async function lockThings(
  client: pg.ClientBase,
  commands: readonly Command[],
  payoutKeys: readonly Key[],
  copy: WorkingCopy,
  remembered: Remembered,
): Promise<void> {
  const [, tokens, methods, theirs, sessions] = await inOneTrip([
    lockPayouts(client, payoutKeys, copy, remembered),
    lock(client, lockTokens, wanted.tokens(commands)),
    lock(client, lockMethods, wanted.methods(commands)),
    lock(client, lockMethodsOf, wanted.belongings(commands)),
    lock(client, lockSessions, wanted.sessions(commands)),
  ]);
  for (const row of tokens) copy.tokens.load(toToken(row));
  for (const row of [...methods, ...theirs]) copy.methods.load(toMethod(row));
  for (const row of sessions) copy.sessions.load(toCardSession(row));
}

/** Customers, merchants, counters and accounts, as `facts` tell which. */
async function lockParties(
  client: pg.ClientBase,
  commands: readonly Command[],
  facts: Facts,
  copy: WorkingCopy,
): Promise<void> {
  const [customers, merchants, counters, accounts] = await inOneTrip([
    lock(client, lockCustomers, wanted.customers(commands, facts)),
    run<Row>(client, lockMerchants, [joined(wanted.merchants(commands))]).then(({ rows }) => rows),
    lockCounters(client, wanted.counters(commands)),
    lock(client, lockAccounts, wanted.accounts(commands, facts)),
  ]);
  for (const row of customers) copy.customers.load(toCustomer(row));
  for (const row of merchants) copy.merchants.set(row.id, toMerchant(row));
  for (const row of counters)
    copy.counters.load({ merchantId: row.merchant_id, counter: row.counter, value: Number(row.value) });
  for (const row of accounts) copy.accounts.load(toAccount(row));
}

/** Once the customers are locked nobody gives them anything any more: what came in before that is read now. */
async function loadBelongings(client: pg.ClientBase, customers: readonly Key[], copy: WorkingCopy): Promise<void> {
  const [methods, payouts] = await inOneTrip([
    lock(client, lockMethodsOf, customers),
    lock(client, readUnderWay, customers),
  ]);
  for (const row of methods) copy.methods.load(toMethod(row));
  for (const [merchantId, customer] of customers) {
    const theirs = payouts.filter((row) => row.merchant_id === merchantId && row.customer === customer);
    copy.payoutsUnderWay.set(
      keyOf(merchantId, customer),
      theirs.map((row) => row.id as string),
    );
  }
}

async function lockCounters(client: pg.ClientBase, named: readonly Key[]): Promise<Row[]> {
  if (named.length === 0) return [];
  const values = [joined(named.map(([merchantId]) => merchantId)), named.map(([, counter]) => counter)];
  const [, { rows }] = await inOneTrip([run(client, startCounters, values), run<Row>(client, lockCounterRows, values)]);
  return rows;
}

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
const lockMethodsOf = {
  name: "lock_methods_of",
  text: `select m.*, ${vaultColumns} from unnest($1::bigint[], $2::text[]) as k(merchant_id, customer)
           join payment_methods m using (merchant_id, customer)
           join vault v on v.merchant_id = m.merchant_id and v.id = m.vault_id
          order by m.merchant_id, m.id for no key update of m`,
};
const lockSessions = {
  name: "lock_sessions",
  text: `select s.* from unnest($1::bigint[], $2::text[]) as k(merchant_id, id)
           join card_sessions s using (merchant_id, id)
          order by s.merchant_id, s.id for no key update of s`,
};
const readUnderWay = {
  name: "read_under_way",
  text: `select p.merchant_id, p.customer, p.id from unnest($1::bigint[], $2::text[]) as k(merchant_id, customer)
           join payouts p using (merchant_id, customer)
          where p.state in ('awaiting_approval', 'queued', 'sent', 'accepted', 'in_doubt')`,
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
