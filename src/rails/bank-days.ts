/** On which days a bank takes transfers, by its own clock. */
export interface BankDays {
  /** An IANA time zone: a day begins and ends there. */
  readonly timezone: string;
  /** `day`: `2026-12-25`. */
  isBankDay(day: string): boolean;
}

/** Monday to Friday, but for the holidays (`2026-12-25`), which no rule gives for all years: whoever runs the rail lists them. */
export function mondayToFriday(timezone: string, holidays: readonly string[]): BankDays {
  const closed = new Set(holidays);
  return {
    timezone,
    isBankDay(day) {
      const weekday = new Date(`${day}T00:00:00Z`).getUTCDay();
      return weekday >= 1 && weekday <= 5 && !closed.has(day);
    },
  };
}

/** Whether a bank takes transfers at an instant (milliseconds since 1970); one that declares no days takes them always. */
export const takesTransfers = (days: BankDays | undefined, at: number): boolean =>
  days === undefined || days.isBankDay(dayIn(days.timezone, at));

export function isTimezone(name: string): boolean {
  try {
    return calendarOf(name) !== undefined;
  } catch {
    return false;
  }
}

function dayIn(timezone: string, at: number): string {
  const parts = Object.fromEntries(
    calendarOf(timezone)
      .formatToParts(at)
      .map(({ type, value }) => [type, value]),
  );
  return `${parts["year"]}-${parts["month"]}-${parts["day"]}`;
}

const calendars = new Map<string, Intl.DateTimeFormat>(); // making one is slow; as many as there are banks' time zones

function calendarOf(timeZone: string): Intl.DateTimeFormat {
  let calendar = calendars.get(timeZone);
  if (calendar === undefined) {
    const day = { year: "numeric", month: "2-digit", day: "2-digit" } as const;
    calendar = new Intl.DateTimeFormat("en-US", { ...day, calendar: "gregory", timeZone });
    calendars.set(timeZone, calendar);
  }
  return calendar;
}
