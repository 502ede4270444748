/** For so long before and after its `Date` a request is taken. */
export const defaultWindowMs = 15 * 60_000;

/**
 * The instant of a `Date` header, or undefined.
 *
 * Source: RFC 1123, `Fri, 06 Jun 2014 13:39:43 GMT`. One client writes `UTC` instead of `GMT`. Nothing else is taken: what
 *   does not come back the same when it is written again (30 February, a wrong weekday) names no instant.
 */
export function readHttpDate(header: string | undefined): number | undefined {
  const text = (header ?? "").replace(/ UTC$/, " GMT");
  const at = Date.parse(text);
  return !Number.isNaN(at) && new Date(at).toUTCString() === text ? at : undefined;
}

/** Whether a request signed at `at` may still be taken at `now`. A window is all that keeps an old one from being replayed. */
export const isTimely = (at: number, now: number, windowMs = defaultWindowMs): boolean =>
  Math.abs(now - at) <= windowMs;
