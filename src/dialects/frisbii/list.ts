import type { Merchant } from "../../core/parties.ts";
import type { Page, Position } from "../../store/filters.ts";
import type { Asked } from "../services.ts";
import { countBack, oneMonth, readDuration } from "./duration.ts";
import { ApiError, invalid, isApiError } from "./errors.ts";
import { object, optional, wrong, type Reader } from "./fields.ts";
import { civilOf, readLocal, writeCivil } from "./local-time.ts";
import { readMark, writeMark } from "./page-token.ts";

/** Which part of a list is asked for: parameters that all lists have. */
export interface ListPart {
  readonly size: number;
  readonly range: string;
  readonly from: number;
  readonly to: number;
  /** Whether `to` is only the present moment: what has just been written belongs to the list, whichever clock wrote it. */
  readonly untilNow: boolean;
  readonly after: Position | null;
  /** What the token of the next page is bound to. */
  readonly list: string;
}

const text: Reader<string> = (value, field) => (typeof value === "string" ? value : wrong(value, field, "given once"));
const size: Reader<number> = (value, field) => {
  const number = typeof value === "string" && /^\d{2,3}$/.test(value) ? Number(value) : 0;
  return number >= 10 && number <= 100 ? number : wrong(value, field, "a number from 10 to 100");
};
const fields = object({
  size: optional(size),
  range: optional(text),
  from: optional(text),
  to: optional(text),
  interval: optional(text),
  next_page_token: optional(text),
});

/** The parameters of a query as the readers of fields want them: a text, or several where a name came several times. */
export function parametersOf(query: URLSearchParams): Readonly<Record<string, string | string[]>> {
  const parameters = Object.create(null) as Record<string, string | string[]>;
  for (const name of new Set(query.keys())) {
    const values = query.getAll(name);
    parameters[name] = values.length === 1 ? values[0]! : values;
  }
  return parameters;
}

/** Reads what all lists have in common. Local times are those of the merchant's timezone. */
export function readPart(asked: Asked, merchant: Merchant, ranges: readonly string[]): ListPart | ApiError {
  const read = fields(parametersOf(asked.query), "");
  if (isApiError(read)) return read;
  const range = read.range ?? "created";
  if (!ranges.includes(range)) return wrong(range, "range", `one of: ${ranges.join(", ")}`);
  const shared = { size: read.size ?? 20, range, list: listOf(asked, merchant) };
  if (read.next_page_token !== null) {
    const mark = readMark(read.next_page_token, shared.list);
    return isApiError(mark) ? mark : { ...shared, from: mark.from, to: mark.to, untilNow: false, after: mark.position };
  }
  const period = periodOf(read, merchant.timezone, asked.now);
  return isApiError(period) ? period : { ...shared, ...period, untilNow: read.to === null, after: null };
}

type Times = { readonly from: string | null; readonly to: string | null; readonly interval: string | null };

/** From (inclusive) to (exclusive), in instants: a month until now unless the query says otherwise. */
function periodOf(times: Times, timezone: string, now: number): { from: number; to: number } | ApiError {
  const to = times.to === null ? now : readLocal(times.to, timezone);
  if (to === undefined) return invalid(`to must be ${aTime}`);
  if (times.interval !== null) {
    if (times.from !== null) return invalid("from and interval exclude each other");
    const duration = readDuration(times.interval);
    if (duration === undefined) return invalid("interval must be a duration of ISO 8601 such as P1W or P1DT2H");
    return { from: countBack(to, duration, timezone), to };
  }
  const from = times.from === null ? countBack(to, oneMonth, timezone) : readLocal(times.from, timezone);
  if (from === undefined) return invalid(`from must be ${aTime}`);
  return from <= to ? { from, to } : new ApiError(23);
}
const aTime = "a local date or time such as 2021-10-06 or 2021-10-06T13:02:23.190";

/** Everything that makes one list: whose, which, and all parameters but the token, in any order. */
function listOf({ path, query }: Asked, merchant: Merchant): string {
  const parameters = [...query].filter(([name]) => name !== "next_page_token").map((pair) => JSON.stringify(pair));
  return [merchant.id, path, ...parameters.sort()].join("\n");
}

/** The answer. `range` is told for `created` alone: clients made from the vendor's description know no other, and fail. */
export const tellList = <R>(part: ListPart, page: Page<R>, { timezone }: Merchant, tell: (row: R) => object) => ({
  size: part.size,
  count: page.rows.length,
  range: part.range === "created" ? part.range : undefined,
  from: writeCivil(civilOf(part.from, timezone)),
  to: writeCivil(civilOf(part.to, timezone)),
  content: page.rows.map(tell),
  next_page_token: page.next === null ? undefined : writeMark({ ...part, position: page.next }, part.list),
});
