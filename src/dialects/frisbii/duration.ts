import { civilOf, instantOf, type Civil } from "./local-time.ts";

/** `P1M`, `P1W`, `P1DT2H`, …: years, months, weeks and days of the calendar, then hours, minutes and seconds of the clock. */
export interface Duration {
  readonly months: number;
  readonly days: number;
  readonly ms: number;
}

const form =
  /^P(?:(\d{1,4})Y)?(?:(\d{1,5})M)?(?:(\d{1,5})W)?(?:(\d{1,6})D)?(?:T(?=\d)(?:(\d{1,7})H)?(?:(\d{1,8})M)?(?:(\d{1,9})S)?)?$/;

/** Reads an ISO 8601 duration without fractions or signs; undefined for anything else, and for one of no length. */
export function readDuration(text: string): Duration | undefined {
  const match = form.exec(text);
  if (match === null) return undefined;
  const [years = 0, months = 0, weeks = 0, days = 0, hours = 0, minutes = 0, seconds = 0] = match
    .slice(1)
    .map((part) => Number(part ?? 0));
  const read = {
    months: years * 12 + months,
    days: weeks * 7 + days,
    ms: (hours * 3600 + minutes * 60 + seconds) * 1000,
  };
  return read.months + read.days + read.ms > 0 ? read : undefined;
}

export const oneMonth: Duration = { months: 1, days: 0, ms: 0 };

/** So long before `to`, counted back on the calendar of `timezone`; never before 1970. */
export function countBack(to: number, { months, days, ms }: Duration, timezone: string): number {
  const then = daysBack(monthsBack(civilOf(to, timezone), months), days);
  return then <= 0 ? 0 : Math.max(0, instantOf(then, timezone) - ms);
}

const daysBack = (civil: Civil, days: number): Civil => civil - days * 86_400_000;

/** A month before 31 March is the last day of February. */
function monthsBack(civil: Civil, months: number): Civil {
  const date = new Date(civil);
  const day = date.getUTCDate();
  date.setUTCDate(1);
  date.setUTCMonth(date.getUTCMonth() - months);
  const last = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  date.setUTCDate(Math.min(day, last));
  return date.getTime();
}
