/** What a clock on a wall shows, as the instant at which a clock in UTC shows the same: arithmetic of days without zones. */
export type Civil = number;

const clocks = new Map<string, Intl.DateTimeFormat>();

function clockIn(timezone: string): Intl.DateTimeFormat {
  let clock = clocks.get(timezone);
  if (clock === undefined) {
    const numeric = { year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric" } as const;
    const settings = { ...numeric, second: "numeric", hourCycle: "h23", calendar: "gregory" } as const;
    clock = new Intl.DateTimeFormat("en-US", { ...settings, timeZone: timezone });
    clocks.set(timezone, clock); // as many as there are timezones among the merchants
  }
  return clock;
}

/** What the clock in `timezone` shows at an instant. */
export function civilOf(at: number, timezone: string): Civil {
  const parts: Record<string, number> = {};
  for (const { type, value } of clockIn(timezone).formatToParts(at)) parts[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second) + (at - Math.floor(at / 1000) * 1000);
}

/**
 * The instant at which the clock in `timezone` shows `civil`. A time that comes twice (the clock goes back) is the first
 * of the two; one that never comes (the clock goes forward) is as much later as the clock jumped.
 */
export function instantOf(civil: Civil, timezone: string): number {
  const offsetAt = (at: number): number => civilOf(at, timezone) - at;
  const day = 86_400_000; // offsets are less than that, and change less often
  const before = offsetAt(civil - day);
  const after = offsetAt(civil + day);
  const early = civil - Math.max(before, after);
  return civilOf(early, timezone) === civil ? early : civil - Math.min(before, after);
}

/** `2021-10-06T13:02:23.190`, as lists write a local time. */
export const writeCivil = (civil: Civil): string => new Date(civil).toISOString().slice(0, -1);

const form = /^(\d{4})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,3})\d{0,6})?)?(Z|[+-]\d\d:?\d\d)?)?$/;

/** Reads a local date or time. With an offset, which some clients cannot help writing, it is an instant instead. */
export function readLocal(text: string, timezone: string): number | undefined {
  const [, year, month, day, hour = "0", minute = "0", second = "0", fraction = "", offset] = form.exec(text) ?? [];
  if (year === undefined || Number(year) < 1970 || Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59)
    return undefined;
  const midnight = Date.UTC(Number(year), Number(month) - 1, Number(day));
  if (new Date(midnight).toISOString().slice(0, 10) !== `${year}-${month}-${day}`) return undefined; // 30 February
  const civil =
    midnight +
    Number(hour) * 3_600_000 +
    Number(minute) * 60_000 +
    Number(second) * 1_000 +
    Number(fraction.padEnd(3, "0"));
  if (offset === undefined) return instantOf(civil, timezone);
  const [, sign, hours = "0", minutes = "0"] = /^([+-])(\d\d):?(\d\d)$/.exec(offset) ?? [];
  return civil - (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
}
