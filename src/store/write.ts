import type pg from "pg";
import { assert } from "../core/assert.ts";
import type { FreedName } from "../core/command.ts";
import type { Notice } from "../core/notice.ts";
import type { Payout } from "../core/payout.ts";
import { inOneTrip, run } from "./db.ts";
import { joined, writeRows, type Table } from "./rows.ts";
import * as tables from "./tables.ts";
import { keyOf, type FreshName, type WorkingCopy } from "./working-copy.ts";

/** Writes what a batch decided: one statement for each kind of row, however many commands it holds, all in one round trip. */
export async function writeAll(client: pg.ClientBase, copy: WorkingCopy, notices: readonly Notice[]): Promise<void> {
  const { appended } = copy;
  const payouts = copy.payouts.changed();
  const entries = appended.entries.map((entry) => ({ ...entry, at: copy.now }));
  await inOneTrip([
    ...settleNames(client, [...copy.freshNames.values()]),
    writeChanged(client, copy.counters.changed().updated, setCounters),
    writeRows(client, tables.vault, appended.vault),
    ...addAndUpdate(client, tables.tokens, tables.tokenUpdates, copy.tokens.changed()),
    ...addAndUpdate(client, tables.methods, tables.methodUpdates, copy.methods.changed()),
    ...addAndUpdate(client, tables.customers, tables.customerUpdates, copy.customers.changed()),
    ...addAndUpdate(client, tables.sessions, tables.sessionUpdates, copy.sessions.changed()),
    writeRows(client, tables.erasures, appended.erasures),
    ...addAndUpdate(client, tables.payouts, tables.payoutUpdates, payouts),
    writeRows(client, tables.names, appended.names),
    freeNames(client, appended.freedNames),
    writeRows(client, tables.references, appended.references),
    writeRows(client, tables.attempts, appended.attempts),
    writeRows(client, tables.sends, appended.sends),
    writeRows(client, tables.answers, appended.answers),
    writeRows(client, tables.customerEvents, appended.customerEvents),
    writeRows(client, tables.events, appended.events),
    writeRows(client, tables.notices, notices),
    writeRows(client, tables.incidents, appended.incidents),
    writeChanged(client, appended.resolvedIncidents, resolveIncidents),
    writeRows(client, tables.fundings, appended.fundings),
    writeRows(client, tables.entries, entries),
    ...addAndUpdate(client, tables.accounts, tables.accountUpdates, copy.accounts.changed()), // the busiest rows, last
    writeChanged(client, countOf(payouts.added), addCounts),
  ]);
}

const addAndUpdate = <R>(
  client: pg.ClientBase,
  add: Table<R>,
  update: Table<R>,
  rows: { added: R[]; updated: R[] },
) => [writeRows(client, add, rows.added), writeRows(client, update, rows.updated)];

/** A name whose commands were all refused is given back; one that a later command took gets that command's id. */
function settleNames(client: pg.ClientBase, names: readonly FreshName[]): Promise<void>[] {
  const values = (list: readonly FreshName[]) => [
    joined(list.map((n) => n.merchantId)),
    list.map((n) => n.kind),
    list.map((n) => n.name),
  ];
  const unused = names.filter((name) => !name.taken);
  const moved = names.filter((name) => name.taken && name.id !== name.insertedId);
  return [
    changeAll(client, deleteNames, unused, values(unused)),
    changeAll(client, moveNames, moved, [...values(moved), joined(moved.map((n) => n.id))]),
  ];
}

const freeNames = (client: pg.ClientBase, names: readonly FreedName[]): Promise<void> =>
  changeAll(client, deleteNames, names, [
    joined(names.map((n) => n.merchantId)),
    names.map((n) => n.kind),
    names.map((n) => n.name),
  ]);

async function changeAll(
  client: pg.ClientBase,
  statement: { name: string; text: string },
  rows: readonly unknown[],
  values: unknown[],
) {
  if (rows.length === 0) return;
  const { rowCount } = await run(client, statement, values);
  assert(rowCount === rows.length, `${statement.name}: changed ${rowCount} of ${rows.length} rows`);
}

async function writeChanged<R>(client: pg.ClientBase, rows: readonly R[], change: Change<R>): Promise<void> {
  if (rows.length === 0) return;
  await run(client, change, change.values(rows));
}

interface Change<R> {
  readonly name: string;
  readonly text: string;
  values(rows: readonly R[]): unknown[];
}

const setCounters: Change<{ merchantId: string; counter: string; value: number }> = {
  name: "set_counters",
  text: `update counters c set value = r.value
           from unnest($1::bigint[], $2::text[], $3::bigint[]) as r(merchant_id, counter, value)
          where c.merchant_id = r.merchant_id and c.counter = r.counter`,
  values: (rows) => [
    joined(rows.map((r) => r.merchantId)),
    rows.map((r) => r.counter),
    joined(rows.map((r) => r.value)),
  ],
};

interface Count {
  readonly merchantId: string;
  readonly currency: string;
  payouts: number;
}

/** How many new payouts each merchant has in each currency. */
function countOf(added: readonly Payout[]): Count[] {
  const counts = new Map<string, Count>();
  for (const { merchantId, currency } of added) {
    const key = keyOf(merchantId, currency);
    const count = counts.get(key);
    if (count === undefined) counts.set(key, { merchantId, currency, payouts: 1 });
    else count.payouts += 1;
  }
  return [...counts.values()];
}

/** Written in order, so that of two servers neither ever waits for the other's second row while it holds the first. */
const addCounts: Change<Count> = {
  name: "count_payouts",
  text: `insert into payout_counts as c (merchant_id, currency, payouts)
         select * from unnest($1::bigint[], $2::text[], $3::bigint[]) as r(merchant_id, currency, payouts) order by 1, 2
             on conflict (merchant_id, currency) do update set payouts = c.payouts + excluded.payouts`,
  values: (rows) => [
    joined(rows.map((r) => r.merchantId)),
    rows.map((r) => r.currency),
    joined(rows.map((r) => r.payouts)),
  ],
};

const resolveIncidents: Change<WorkingCopy["appended"]["resolvedIncidents"][number]> = {
  name: "resolve_incidents",
  text: `update incidents i set resolved_at = to_timestamp(r.at / 1000), resolved_by = r.by, reason = r.reason
           from unnest($1::bigint[], $2::bigint[], $3::float8[], $4::text[], $5::text[]) as r(merchant_id, payout_id, at, by, reason)
          where i.merchant_id = r.merchant_id and i.payout_id = r.payout_id and i.resolved_at is null`,
  values: (rows) => [
    joined(rows.map((r) => r.merchantId)),
    joined(rows.map((r) => r.payoutId)),
    joined(rows.map((r) => r.at)),
    rows.map((r) => r.by),
    rows.map((r) => r.reason),
  ],
};

const deleteNames = {
  name: "give_back_names",
  text: `delete from names n using unnest($1::bigint[], $2::text[], $3::text[]) as r(merchant_id, kind, name)
          where n.merchant_id = r.merchant_id and n.kind = r.kind and n.name = r.name`,
};
const moveNames = {
  name: "move_names",
  text: `update names n set id = r.id
           from unnest($1::bigint[], $2::text[], $3::text[], $4::bigint[]) as r(merchant_id, kind, name, id)
          where n.merchant_id = r.merchant_id and n.kind = r.kind and n.name = r.name`,
};
