import type { CustomerField } from "../core/parties.ts";

/** A number or instant range; either end may be open. */
export interface Interval<T> {
  readonly from?: { readonly value: T; readonly inclusive: boolean };
  readonly to?: { readonly value: T; readonly inclusive: boolean };
}

/** One page of a list, newest first. `position` says where the next one begins: the sort instant and id of its last row. */
export interface Page<R> {
  readonly rows: readonly R[];
  readonly next: Position | null;
}
export interface Position {
  readonly at: number;
  readonly id: string;
}

interface Listed {
  /** Half open, in milliseconds since 1970. */
  readonly from: number;
  readonly to: number;
  readonly after: Position | null;
  readonly size: number;
}

/** What payouts can be filtered by. Absent: not filtered. Filters are combined with "and", the members of a list with "or". */
export interface PayoutFilter extends Listed {
  /** Which instant limits and sorts. */
  readonly range: "created" | "paid" | "failed";
  readonly handle?: string;
  readonly handlePrefix?: string;
  readonly handleContains?: string;
  readonly customer?: string;
  readonly states?: readonly string[];
  readonly amountMinor?: Interval<bigint>;
  /** Leaves out what the dialect cannot represent. */
  readonly mostMinor?: bigint;
  readonly currencies?: readonly string[];
  readonly methodId?: string;
  readonly brand?: string;
  readonly cardPrefix?: string;
  readonly cardPostfix?: string;
  readonly fingerprint?: string;
}

/** What payouts can be found by in a part of the list: newest first, `limit` of them after leaving out `offset`. */
export interface FindFilter {
  readonly merchantReference: string | null;
  readonly merchantOrderId: number | null;
  /** What two implied decimals cannot tell is left out: more than twelve digits, or a third decimal. */
  readonly decimals: readonly { readonly currency: string; readonly digits: number }[];
  readonly offset: number;
  readonly limit: number;
}

/** What customers can be filtered by: details are compared without regard to case. */
export interface CustomerFilter extends Listed {
  readonly handle?: string;
  readonly handlePrefix?: string;
  readonly handleContains?: string;
  /** Part of first and last name, one after the other. */
  readonly name?: string;
  readonly emailPrefix?: string;
  readonly debtorId?: string;
  readonly details?: Readonly<Partial<Record<CustomerField, string>>>;
}

/** Customers by a text that their handle, name, company or e-mail address holds: `limit` of them after leaving out `offset`. */
export interface CustomerSearch {
  readonly text: string | null;
  readonly sort: "created" | "handle" | "email" | "first_name" | "last_name";
  readonly descending: boolean;
  readonly offset: number;
  readonly limit: number;
}

export interface MethodFilter extends Listed {
  readonly id?: string;
  readonly states?: readonly string[];
  readonly customer?: string;
  readonly reference?: string;
  readonly brands?: readonly string[];
  readonly cardPrefix?: string;
  readonly cardPostfix?: string;
  readonly fingerprint?: string;
  /** When it failed, in milliseconds since 1970. */
  readonly failed?: Interval<number>;
}
