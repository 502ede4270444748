import { closed, integer, listOf, oneOf, saying, text, type Members, type Schema } from "../../openapi/schema.ts";
import { count, localTime, wholeLocalTime } from "./values.ts";

const size = integer(10, 100);

/** Parameters that all lists by token have. `ranges`: dates that limit and sort. */
export const listQuery = (...ranges: readonly string[]): Members => ({
  "size?": { ...size, default: 20 },
  "range?": { ...oneOf(...ranges), default: "created" },
  "from?": localTime,
  "to?": localTime,
  "interval?": saying(text, "instead of from: a duration of ISO 8601 such as P1W"),
  "next_page_token?": text,
});

/** One page of such a list. Ranges but the usual one are not told: clients fail on them. */
export const listSchema = (item: Schema): Schema =>
  closed({
    size,
    count,
    from: wholeLocalTime,
    to: wholeLocalTime,
    "range?": { const: "created" },
    content: listOf(item, { maxItems: 100 }),
    "next_page_token?": text,
  });
