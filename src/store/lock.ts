import type pg from "pg";
import { run } from "./db.ts";
import type { Row } from "./read.ts";
import { joined } from "./rows.ts";
import type { Key } from "./wanted.ts";

/** A statement that takes merchants and, beside each, the key of a row: numbers where `ids` says so, otherwise text. */
export interface Lock {
  readonly name: string;
  readonly text: string;
  readonly ids?: boolean;
}

/** Runs it for the rows that are named; where none is, not at all. */
export async function lock(client: pg.ClientBase, { name, text, ids }: Lock, named: readonly Key[]): Promise<Row[]> {
  if (named.length === 0) return [];
  const second = named.map(([, key]) => key);
  const values = [joined(named.map(([merchantId]) => merchantId)), ids === true ? joined(second) : second];
  return (await run<Row>(client, { name, text }, values)).rows;
}
