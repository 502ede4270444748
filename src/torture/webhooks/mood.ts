import type { Chance } from "../chance.ts";

/** How a receiver behaves: shares of its calls that go wrong, and whether it is there at all. */
export interface Mood {
  readonly name: string;
  readonly fails: number;
  readonly hangs: number;
  readonly redirects: number;
  /** Away for so many seconds at a time, beginning with the first, and there for as many. */
  readonly awaySeconds: number;
}

export const moods = {
  fails: { name: "fails 30 % of calls", fails: 0.3, hangs: 0, redirects: 0, awaySeconds: 0 },
  hangs: { name: "fails 30 %, hangs at one in 500", fails: 0.3, hangs: 0.002, redirects: 0, awaySeconds: 0 },
  redirects: { name: "fails 10 %, redirects 20 %", fails: 0.1, hangs: 0, redirects: 0.2, awaySeconds: 0 },
  away: { name: "fails 10 %, away for a minute at a time", fails: 0.1, hangs: 0, redirects: 0, awaySeconds: 60 },
  well: { name: "well", fails: 0, hangs: 0, redirects: 0, awaySeconds: 0 },
} as const satisfies Record<string, Mood>;

export type Manner = "take" | "fail" | "hang" | "redirect";

/** What a receiver does with a call. `awayFor`: seconds since the moods began; undefined: they are over, and it takes everything. */
export function mannerOf(mood: Mood, chance: Chance, sinceSeconds: number | undefined): Manner {
  if (sinceSeconds === undefined) return "take";
  if (mood.awaySeconds > 0 && Math.floor(sinceSeconds / mood.awaySeconds) % 2 === 0) return "hang";
  const [at, wrong] = [chance.next(), mood.fails + mood.hangs + mood.redirects];
  if (at >= wrong) return "take";
  return at < mood.fails ? "fail" : at < mood.fails + mood.hangs ? "hang" : "redirect";
}
