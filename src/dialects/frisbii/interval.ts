import type { Interval } from "../../store/filters.ts";
import { wrong, type Reader } from "./fields.ts";
import { readLocal } from "./local-time.ts";

const form = /^([[(])(\d{0,15});(\d{0,15})([\])])$/;

/** A number, or a range of them: `[10000;20000)` from 10000 to below 20000, `(0;)` above 0. */
export const numberRange: Reader<Interval<bigint>> = (value, field) => {
  const text = typeof value === "string" ? value : "";
  if (/^\d{1,15}$/.test(text)) return { from: bound(text, true), to: bound(text, true) };
  const match = form.exec(text);
  if (match === null) return wrong(value, field, "a number or a range such as [10000;20000)");
  const [, open, from = "", to = "", close] = match;
  return {
    ...(from === "" ? {} : { from: bound(from, open === "[") }),
    ...(to === "" ? {} : { to: bound(to, close === "]") }),
  };
};

const bound = (digits: string, inclusive: boolean) => ({ value: BigInt(digits), inclusive });

const dates = /^([[(])([^;]{0,40});([^;]{0,40})([\])])$/;

/** The same with local dates or times: `[2021-09-01;2021-10-01]`; one alone is that very instant. */
export const dateRange =
  (timezone: string): Reader<Interval<number>> =>
  (value, field) => {
    const text = typeof value === "string" ? value : "";
    const [, open, from = "", to = "", close] = dates.exec(text) ?? ["", "[", text, text, "]"];
    const [first, last] = [from, to].map((date) => (date === "" ? null : readLocal(date, timezone)));
    if (first === undefined || last === undefined || (from === "" && to === "" && !text.includes(";")))
      return wrong(value, field, "a local date or a range of dates such as [2021-09-01;2021-10-01)");
    return {
      ...(first === null ? {} : { from: { value: first, inclusive: open === "[" } }),
      ...(last === null ? {} : { to: { value: last, inclusive: close === "]" } }),
    };
  };
