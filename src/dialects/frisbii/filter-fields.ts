import { wrong, type Reader } from "./fields.ts";
import type { ListPart } from "./list.ts";

/** A list as it was asked for: which part of it, and what the rows must fulfil. */
export interface Listing<F> {
  readonly part: ListPart;
  readonly filter: F;
}

/** So far the database's clock may be ahead of ours. */
const clockDriftMs = 60_000;

export const positionOf = ({ from, to, untilNow, after, size }: ListPart) => ({
  from,
  to: untilNow ? to + clockDriftMs : to,
  after,
  size,
});

/** A filter that was not given is not there. */
type Given<T> = { [K in keyof T]?: NonNullable<T[K]> };
export const given = <T extends object>(filters: T): Given<T> =>
  Object.fromEntries(Object.entries(filters).filter(([, value]) => value !== null)) as Given<T>;

/** Leading or closing digits of a card number. */
export const digits =
  (most: number): Reader<string> =>
  (value, field) =>
    typeof value === "string" && value.length <= most && /^\d+$/.test(value)
      ? value
      : wrong(value, field, `1 to ${most} digits`);
