import { sqlState } from "./batch.ts";

/** A read took longer than its statement may (SQLSTATE 57014). Nothing is wrong: whoever asked has to ask for less. */
export class QueryTooSlow extends Error {
  override readonly name = "QueryTooSlow";
}

/** `read`, whose cancellation for taking too long is told as {@link QueryTooSlow}. */
export async function inTime<T>(read: Promise<T>): Promise<T> {
  try {
    return await read;
  } catch (cause) {
    if (sqlState(cause) !== "57014") throw cause;
    throw new QueryTooSlow("the query took too long", { cause });
  }
}
