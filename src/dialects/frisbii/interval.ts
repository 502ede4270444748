import type { Interval } from "../../store/filters.ts";
import { wrong, type Reader } from "./fields.ts";

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
