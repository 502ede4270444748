import { notANumber, type Faults } from "./field-errors.ts";
import { gather, required, type Reader } from "./fields.ts";
import { integer } from "./numbers.ts";
import { merchantOrderId, merchantReference } from "./references.ts";

/** Which payouts, and which part of them. Both filters must fit; null: any. */
export interface FindDraft {
  readonly merchantReference: string | null;
  readonly merchantOrderId: number | null;
  readonly offset: number;
  readonly limit: number;
}

const mostPayouts = 100;

const limit: Reader<number> = (value, path) => {
  const number = integer(3, 1)(value, path);
  return typeof number !== "number" || number <= mostPayouts ? number : notANumber(path, value, 1, 3);
};

/**
 * Reads the query of a find. A parameter that is there must say something: left out of account, an empty filter would give
 * everybody's payouts for those of one reference (and `limit=undefined`, as one client writes it, is no number).
 */
export function readFindPayouts(query: URLSearchParams): FindDraft | Faults {
  const given = <T>(name: string, read: Reader<T>, otherwise: T): T | Faults =>
    query.has(name) ? required(read)(query.get(name), name) : otherwise;
  return gather({
    merchantReference: given<string | null>("merchantReference", merchantReference, null),
    merchantOrderId: given<number | null>("merchantOrderId", merchantOrderId, null),
    offset: given("offset", integer(9, 0), 0),
    limit: given("limit", limit, 10),
  });
}
