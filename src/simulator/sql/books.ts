import type pg from "pg";
import type { EntryKind } from "../../core/ledger.ts";
import type { PayoutHistory } from "../../core/payout.ts";
import type { Committed } from "../database.ts";
import { run } from "../../store/db.ts";
import * as read from "../../store/read.ts";
import { keyOf } from "../../store/working-copy.ts";
import { payoutKey, type Tables } from "../memory/tables.ts";
import { belongs, toEntry, toEvent, toFunding, toIncident, toReferences, toSend } from "../memory/rows.ts";

/** Where rows of one kind are read, and where they stand in the simulator's tables. */
interface Book<R> {
  readonly sql: string;
  readonly put: (tables: Tables, row: read.Row) => R;
}

const withVault = (from: string) =>
  `select t.*, ${read.vaultColumns} from ${from} t join vault v on v.merchant_id = t.merchant_id and v.id = t.vault_id`;

const vaultItems = `select t.merchant_id, ${read.vaultColumns.replaceAll("v.", "t.")} from vault t`;

/** Every table that batches write; `merchants` and `rail_cursors` they do not. Putting returns the row as it is put. */
const books = {
  names: book("names", (tables, r) => tables.names.set(keyOf(r.merchant_id, r.kind, r.name), r.id)),
  counters: book("counters", (tables, r) => tables.counters.set(keyOf(r.merchant_id, r.counter), Number(r.value))),
  payouts: book("payouts", (tables, r) => set(tables.payouts, keyOf(r.merchant_id, r.id), read.toPayout(r))),
  accounts: book("accounts", (tables, r) => set(tables.accounts, keyOf(r.merchant_id, r.currency), read.toAccount(r))),
  customers: book("customers", (tables, r) =>
    set(tables.customers, keyOf(r.merchant_id, r.handle), read.toCustomer(r)),
  ),
  vault: { sql: vaultItems, put: (tables, r) => set(tables.vault, keyOf(r.merchant_id, r.v_id), read.toVaultItem(r)) },
  tokens: {
    sql: withVault("card_tokens"),
    put: (tables, r) => set(tables.tokens, keyOf(r.merchant_id, r.id), read.toToken(r)),
  },
  methods: {
    sql: withVault("payment_methods"),
    put: (tables, r) => set(tables.methods, keyOf(r.merchant_id, r.id), read.toMethod(r)),
  },
  references: book("payout_references", (tables, r) => set(tables.references, payoutKey(belongs(r)), toReferences(r))),
  fundings: book("fundings", (tables, r) => set(tables.fundings, keyOf(r.merchant_id, r.reference), toFunding(r))),
  attempts: book("attempts", (tables, r) => {
    const attempt = read.toAttempt(r);
    tables.byReference.set(attempt.reference, attempt);
    return add(tables.attempts, payoutKey(attempt), attempt, (one) => one.attempt);
  }),
  sends: book("sends", (tables, r) =>
    add(tables.sends, payoutKey(belongs(r)), toSend(r), ({ attempt, send }) => attempt * 1_000 + send),
  ),
  answers: book("answers", (tables, r) =>
    add(tables.answers, payoutKey(belongs(r)), read.toAnswer(r), ({ answer }) => answer),
  ),
  events: book("events", (tables, r) =>
    add(tables.events, payoutKey(belongs(r)), toEvent(r), ({ version }) => version),
  ),
  incidents: book("incidents", (tables, r) =>
    add(tables.incidents, payoutKey(belongs(r)), toIncident(r), ({ version }) => version),
  ),
  entries: book("entries", (tables, r) =>
    add(tables.entries, keyOf(r.merchant_id, r.subject_id), toEntry(r), (e) => e.hold * 10 + kinds.indexOf(e.kind)),
  ),
} satisfies Record<string, Book<unknown>>;

const kinds: readonly EntryKind[] = ["fund", "withdraw", "hold", "release", "settle", "give_back"];

function book<R>(table: string, put: Book<R>["put"]): Book<R> {
  return { sql: `select t.* from ${table} t`, put };
}

/** Reads what one transaction wrote, or everything, into `tables`. */
export async function readBooks(client: pg.ClientBase, tables: Tables, xid?: string): Promise<Committed> {
  const [where, values] = xid === undefined ? ["", []] : [" where t.xmin = $1::xid", [xid]];
  const readBook = async <R>(name: string, { sql, put }: Book<R>): Promise<R[]> => {
    const { rows } = await run<read.Row>(client, { name: `book_${name}_${values.length}`, text: sql + where }, values);
    return rows.map((row) => put(tables, row));
  };
  const { payouts, accounts, events, ...others } = books;
  const [changed] = await Promise.all([
    Promise.all([readBook("payouts", payouts), readBook("accounts", accounts), readBook("events", events)]),
    ...Object.entries(others).map(([name, other]) => readBook<unknown>(name, other)),
  ]);
  const inOrder = (one: PayoutHistory, other: PayoutHistory) =>
    one.payoutId === other.payoutId ? one.version - other.version : one.payoutId < other.payoutId ? -1 : 1;
  return { payouts: changed[0], accounts: changed[1], events: changed[2].sort(inOrder) };
}

function set<R>(rows: Map<string, R>, key: string, row: R): R {
  rows.set(key, row);
  return row;
}

/** Puts a row in its place in a list that is in the order of `numberOf`, which no two rows share. */
function add<R>(lists: Map<string, R[]>, key: string, row: R, numberOf: (row: R) => number): R {
  const others = (lists.get(key) ?? []).filter((one) => numberOf(one) !== numberOf(row));
  const at = others.findIndex((one) => numberOf(one) > numberOf(row));
  lists.set(key, at === -1 ? [...others, row] : others.toSpliced(at, 0, row));
  return row;
}
