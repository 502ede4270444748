import { invalid } from "./field-errors.ts";
import type { Reader } from "./fields.ts";

/** A day as this API writes it: `20240229`. */
export const day: Reader<string> = (value, path) =>
  typeof value === "string" && isDay(value) ? value : invalid(path, "a date in the form YYYYMMDD");

function isDay(text: string): boolean {
  const [, year, month, date] = /^(\d{4})(\d\d)(\d\d)$/.exec(text) ?? [];
  if (year === undefined || year === "0000") return false;
  const at = Date.parse(`${year}-${month}-${date}T00:00:00Z`);
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(`${year}-${month}-${date}`); // no 30 February
}

/** What the clock on a wall in `timezone` shows at an instant: `20140707093103`. A crowd looks at it in the same second. */
export function wallClock(at: number, timezone: string): string {
  const clock = clockIn(timezone);
  const second = Math.floor(at / 1000);
  if (clock.second !== second) [clock.second, clock.shown] = [second, look(clock, at)];
  return clock.shown;
}

function look({ format }: Clock, at: number): string {
  const parts = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]));
  const { year = "", month, day, hour, minute, second } = parts;
  return [year.padStart(4, "0"), month, day, hour, minute, second].join("");
}

/** The same with milliseconds and how far it is ahead of UTC: `2017-02-02T11:24:14.040+0100`. */
export function offsetClock(at: number, timezone: string): string {
  const shown = asUtc(wallClock(at, timezone));
  const ahead = (shown - Math.floor(at / 1000) * 1000) / 60_000;
  const minutes = Math.abs(ahead);
  const two = (number: number): string => String(number).padStart(2, "0");
  const sign = ahead < 0 ? "-" : "+";
  const millis = String(at - Math.floor(at / 1000) * 1000).padStart(3, "0");
  return `${new Date(shown).toISOString().slice(0, 20)}${millis}${sign}${two(Math.floor(minutes / 60))}${two(minutes % 60)}`;
}

/** The first instant of a day in `timezone`. Where the clock jumps over midnight, that is as much later as it jumps. */
export function startOfDay(day: string, timezone: string): number {
  const midnight = asUtc(`${day}000000`);
  const offsetAt = (at: number): number => asUtc(wallClock(at, timezone)) - at;
  const [before, after] = [offsetAt(midnight - 86_400_000), offsetAt(midnight + 86_400_000)];
  const early = midnight - Math.max(before, after);
  return asUtc(wallClock(early, timezone)) === midnight ? early : midnight - Math.min(before, after);
}

const asUtc = (clock: string): number =>
  Date.parse(clock.replace(/^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/, "$1-$2-$3T$4:$5:$6Z"));

/** A time zone's clock, and what it showed when it was last looked at. */
interface Clock {
  readonly format: Intl.DateTimeFormat;
  second: number;
  shown: string;
}
const clocks = new Map<string, Clock>(); // making one is slow; as many as there are time zones in use

function clockIn(timeZone: string): Clock {
  let clock = clocks.get(timeZone);
  if (clock === undefined) {
    const two = "2-digit";
    const day = { year: "numeric", month: two, day: two } as const;
    const time = { hour: two, minute: two, second: two, hourCycle: "h23" } as const;
    const format = new Intl.DateTimeFormat("en-US", { ...day, ...time, calendar: "gregory", timeZone });
    clock = { format, second: NaN, shown: "" };
    clocks.set(timeZone, clock);
  }
  return clock;
}
