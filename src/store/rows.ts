import { assert } from "../core/assert.ts";
import type pg from "pg";
import { run, type Statement } from "./db.ts";

/**
 * Many rows in one statement. Each column travels as one array parameter: ids, numbers and instants as a joined literal
 * (cheap for Node), free text through the driver's own array encoding, which quotes it: text never travels in a joined string.
 */
export type ColumnType = "bigint" | "smallint" | "integer" | "boolean" | "instant" | "text" | "jsonb";
export interface Column<R> {
  readonly name: string;
  readonly type: ColumnType;
  readonly of: (row: R) => string | number | bigint | boolean | null;
}
export interface Table<R> {
  readonly name: string;
  readonly columns: readonly Column<R>[];
  readonly insert: Statement;
}

/**
 * Declares how rows of a table are written. `columns` reads like the table: name, type, and where the value comes from. What PostgreSQL
 * adds by itself is `computed`: SQL in which `r` is the row.
 */
export function table<R>(
  name: string,
  columns: Record<string, [ColumnType, Column<R>["of"]]>,
  computed: Readonly<Record<string, string>> = {},
): Table<R> {
  const list = Object.entries(columns).map(([column, [type, of]]) => ({ name: column, type, of }));
  const names = [...list.map((column) => column.name), ...Object.keys(computed)].join(", ");
  const values = [...list.map(fromArray), ...Object.values(computed)].join(", ");
  const text = `insert into ${name} (${names}) select ${values} from ${unnest(list)}`;
  return { name, columns: list, insert: { name: `insert_${name}`, text } };
}

/** The statement that updates the `changing` columns of a table's rows, found by `keys`. */
export function updateOf<R>(of: Table<R>, keys: readonly string[], changing: readonly string[]): Table<R> {
  const list = of.columns.filter((column) => keys.includes(column.name) || changing.includes(column.name));
  const set = list
    .filter((column) => changing.includes(column.name))
    .map((column) => `${column.name} = ${fromArray(column)}`);
  const where = keys.map((key) => `t.${key} = r.${key}`).join(" and ");
  const text = `update ${of.name} t set ${set.join(", ")} from ${unnest(list)} where ${where}`;
  return { name: of.name, columns: list, insert: { name: `update_${of.name}_${changing.length}`, text } };
}

/** Writes all rows with one statement, and makes sure that it wrote each of them. */
export async function writeRows<R>(client: pg.ClientBase, into: Table<R>, rows: readonly R[]): Promise<void> {
  if (rows.length === 0) return;
  const { rowCount } = await run(
    client,
    into.insert,
    into.columns.map((column) => encode(column, rows)),
  );
  assert(rowCount === rows.length, `${into.name}: wrote ${rowCount} of ${rows.length} rows`);
}

/** A joined array literal of ids or numbers: digits, signs and dots only, so nothing in it needs quoting. */
export const joined = (values: readonly (string | number | bigint | boolean | null)[]): string =>
  `{${values.map((value) => (value === null ? "null" : String(value))).join(",")}}`;

function encode<R>({ name, type, of }: Column<R>, rows: readonly R[]): unknown {
  if (type === "text" || type === "jsonb") return rows.map(of);
  let list = "";
  for (const row of rows) {
    const value = of(row);
    assert(typeof value !== "string" || plain.test(value), `${name} holds ids and numbers only`);
    list += list === "" ? String(value) : `,${String(value)}`;
  }
  return `{${list}}`;
}

const plain = /^-?\d+(\.\d+)?$/;

const arrayType: Record<ColumnType, string> = {
  bigint: "bigint[]",
  smallint: "smallint[]",
  integer: "integer[]",
  boolean: "boolean[]",
  instant: "float8[]",
  text: "text[]",
  jsonb: "text[]",
};
const fromArray = ({ name, type }: { name: string; type: ColumnType }): string =>
  type === "instant" ? `to_timestamp(r.${name} / 1000)` : type === "jsonb" ? `r.${name}::jsonb` : `r.${name}`;

const unnest = (list: readonly { name: string; type: ColumnType }[]): string =>
  `unnest(${list.map(({ type }, index) => `$${index + 1}::${arrayType[type]}`).join(", ")}) as r(${list.map(({ name }) => name).join(", ")})`;
