import type pg from "pg";
import { assert } from "../core/assert.ts";
import { run } from "./db.ts";
import { joined, writeRows, type Table } from "./rows.ts";
import * as tables from "./tables.ts";
import type { FreshName, WorkingCopy } from "./working-copy.ts";

/** Writes what a batch decided: one statement for each kind of row, however many commands it holds. */
export async function writeAll(client: pg.ClientBase, copy: WorkingCopy): Promise<void> {
  await settleNames(client, [...copy.freshNames.values()]);
  await writeChanged(client, copy.counters.changed().updated, setCounters);
  const { appended } = copy;
  await writeRows(client, tables.vault, appended.vault);
  await addAndUpdate(client, tables.tokens, tables.tokenUpdates, copy.tokens.changed());
  await addAndUpdate(client, tables.methods, tables.methodUpdates, copy.methods.changed());
  await addAndUpdate(client, tables.customers, tables.customerUpdates, copy.customers.changed());
  await addAndUpdate(client, tables.payouts, tables.payoutUpdates, copy.payouts.changed());
  await writeRows(client, tables.attempts, appended.attempts);
  await writeRows(client, tables.sends, appended.sends);
  await writeRows(client, tables.answers, appended.answers);
  await writeRows(client, tables.events, appended.events);
  await writeRows(client, tables.incidents, appended.incidents);
  await writeChanged(client, appended.resolvedIncidents, resolveIncidents);
  await writeRows(client, tables.fundings, appended.fundings);
  await writeRows(
    client,
    tables.entries,
    appended.entries.map((entry) => ({ ...entry, at: copy.now })),
  );
  await addAndUpdate(client, tables.accounts, tables.accountUpdates, copy.accounts.changed()); // the busiest rows, last
}

async function addAndUpdate<R>(
  client: pg.ClientBase,
  add: Table<R>,
  update: Table<R>,
  rows: { added: R[]; updated: R[] },
) {
  await writeRows(client, add, rows.added);
  await writeRows(client, update, rows.updated);
}

/** A name whose commands were all refused is given back; one that a later command took gets that command's id. */
async function settleNames(client: pg.ClientBase, names: readonly FreshName[]): Promise<void> {
  const values = (list: readonly FreshName[]) => [
    joined(list.map((n) => n.merchantId)),
    list.map((n) => n.kind),
    list.map((n) => n.name),
  ];
  const unused = names.filter((name) => !name.taken);
  if (unused.length > 0) {
    const { rowCount } = await run(client, deleteNames, values(unused));
    assert(rowCount === unused.length, "unused names are given back");
  }
  const moved = names.filter((name) => name.taken && name.id !== name.insertedId);
  if (moved.length > 0) {
    const { rowCount } = await run(client, moveNames, [...values(moved), joined(moved.map((n) => n.id))]);
    assert(rowCount === moved.length, "names stand for what took them");
  }
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
