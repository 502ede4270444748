import type { EndpointFormat } from "../core/endpoint.ts";

const [second, minute, hour] = [1_000, 60_000, 3_600_000];
const times = (count: number, ms: number): number[] => Array.from({ length: count }, () => ms);

/** How long after a call that failed the next one is made, in milliseconds: as many as there are, then a notice has failed. */
export type RetrySchedule = readonly number[];

/**
 * Frisbii: four calls take about an hour (its documents say no more), then hourly for a day, then every six hours, five days in all.
 * Worldline: the schedule is not documented. Standard: the one that standard-webhooks.md recommends.
 */
export const usualRetries: Record<EndpointFormat, RetrySchedule> = {
  frisbii: [5 * minute, 15 * minute, 40 * minute, ...times(23, hour), ...times(16, 6 * hour)],
  worldline: [10 * minute, hour, 2 * hour, 8 * hour, 24 * hour],
  standard: [5 * second, 5 * minute, 30 * minute, 2 * hour, 5 * hour, 10 * hour, 14 * hour, 20 * hour, 24 * hour],
};

/** The pause after the call of that number; null: it was the last. A tenth of it is up to `chance` (0 to 1), so that not all come at once. */
export function pauseAfter(schedule: RetrySchedule, call: number, chance: number): number | null {
  const pause = schedule[call - 1];
  return pause === undefined ? null : Math.round(pause * (0.95 + chance / 10));
}

const units = { s: second, m: minute, h: hour, d: 24 * hour } as const;
const longestMs = 7 * 24 * hour;
const most = 200;

/** Reads `5m,15m,1h*23`: pauses in seconds, minutes, hours or days, each as often as it says. Throws with the words "must be …". */
export function readRetries(text: string): RetrySchedule {
  const pauses = text.split(",").flatMap((one) => {
    const [, count, unit, often = "1"] = /^(\d{1,6})([smhd])(?:\*(\d{1,3}))?$/.exec(one.trim()) ?? [];
    const ms = count === undefined ? 0 : Number(count) * units[unit as keyof typeof units];
    if (ms === 0 || ms > longestMs || Number(often) === 0) throw new Error(retriesMust);
    return times(Number(often), ms);
  });
  if (pauses.length > most) throw new Error(retriesMust);
  return pauses;
}
const retriesMust = `must be pauses such as 5m,15m,1h*23: in s, m, h or d, each from 1 s to 7 d, ${most} at most`;
