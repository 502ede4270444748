import { isDeepStrictEqual } from "node:util";
import type { Outcome } from "../../store/batch.ts";
import type { Tables } from "../memory/tables.ts";

/** Everything as text in which the order of keys does not matter, nor that of rows in a list. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) => {
    if (typeof inner === "bigint") return `${inner}n`;
    if (inner === null || typeof inner !== "object" || Array.isArray(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).sort(([one], [other]) => (one < other ? -1 : 1)));
  });
}
const sorted = (value: unknown): unknown => (Array.isArray(value) ? value.map(canonical).sort() : value);

/** Where the tables of two databases are not the same: `merchants` and `cursors`, which batches do not write, aside. */
export function differences(one: Tables, other: Tables, names: readonly [string, string]): string[] {
  const found: string[] = [];
  for (const table of Object.keys(one) as (keyof Tables)[]) {
    if (table === "merchants" || table === "cursors") continue;
    const [left, right] = [one[table] as ReadonlyMap<string, unknown>, other[table] as ReadonlyMap<string, unknown>];
    for (const key of new Set([...left.keys(), ...right.keys()])) {
      if (isDeepStrictEqual(left.get(key), right.get(key))) continue;
      const [here, there] = [canonical(sorted(left.get(key))), canonical(sorted(right.get(key)))];
      if (here !== there) found.push(`${table} ${key}: ${names[0]} has ${here}, ${names[1]} ${there}`);
    }
  }
  return found;
}

/** Whether all commands came to the same; of faults, whether they say the same. */
export const sameOutcomes = (one: readonly Outcome[], other: readonly Outcome[]): boolean =>
  isDeepStrictEqual(one.map(inWords), other.map(inWords));

const inWords = (outcome: Outcome): object => ("fault" in outcome ? { fault: String(outcome.fault) } : outcome);
