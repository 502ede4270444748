import type { VaultItem } from "../../core/parties.ts";
import * as read from "../../store/read.ts";
import type { Table } from "../../store/rows.ts";
import * as written from "../../store/tables.ts";
import { toEntry, toEvent, toFunding, toIncident, toReferences, toSend } from "./rows.ts";

/**
 * How a row comes back from PostgreSQL: made of the columns that production writes, by what production reads. Whatever else was in
 * it is forgotten. An update changes its own columns of the row that was there.
 */
const keeping =
  <R>(table: Table<R>, read: (row: read.Row) => R, update: Table<R> = table) =>
  (row: R, before?: R, beside: read.Row = {}): R =>
    read({
      ...(before !== undefined && columnsOf(table, before)),
      ...columnsOf(before === undefined ? table : update, row),
      ...beside,
    });

const columnsOf = <R>({ columns }: Table<R>, row: R): read.Row =>
  Object.fromEntries(
    columns.map(({ name, type, of }) => {
      const value = of(row);
      return [name, type === "jsonb" && value !== null ? JSON.parse(String(value)) : value];
    }),
  );

/** A vault item's columns under the names that they have beside a row that refers to it. */
const beside = (row: read.Row): read.Row =>
  Object.fromEntries(Object.entries(row).map(([name, value]) => [`v_${name}`, value]));

export const vaultBeside = (item: VaultItem): read.Row => beside(columnsOf(written.vault, item));

/** What is kept of each kind of row. */
export const keep = {
  payout: keeping(written.payouts, read.toPayout, written.payoutUpdates),
  account: keeping(written.accounts, read.toAccount, written.accountUpdates),
  customer: keeping(written.customers, read.toCustomer, written.customerUpdates),
  session: keeping(written.sessions, read.toCardSession, written.sessionUpdates),
  token: keeping(written.tokens, read.toToken, written.tokenUpdates),
  method: keeping(written.methods, read.toMethod, written.methodUpdates),
  vault: keeping(written.vault, (row) => read.toVaultItem({ merchant_id: row.merchant_id, ...beside(row) })),
  references: keeping(written.references, toReferences),
  funding: keeping(written.fundings, toFunding),
  attempt: keeping(written.attempts, read.toAttempt),
  send: keeping(written.sends, toSend),
  answer: keeping(written.answers, read.toAnswer),
  event: keeping(written.events, toEvent),
  entry: keeping(written.entries, toEntry),
  incident: keeping(written.incidents, toIncident),
};
