import { setTimeout as delay } from "node:timers/promises";

/** What of `fetch` is used. The global one fits. */
export type Fetch = (
  url: string,
  init: {
    readonly method: "GET" | "POST";
    readonly headers: Record<string, string>;
    readonly body?: string;
    readonly redirect: "manual";
    readonly signal: AbortSignal;
  },
) => Promise<{
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  text(): Promise<string>;
}>;

/** Pauses that double from `firstMs` up to `mostMs`, each shortened by chance by up to a half. */
export interface Pauses {
  readonly firstMs: number;
  readonly mostMs: number;
}

export interface DisburseOptions {
  /** Where the API is, without `/v1`: `https://payouts.example.com`. Plain HTTP only on this machine, unless `insecure` is true. */
  readonly url: string;
  /** The private key, `priv_…`. */
  readonly privateKey: string;
  /** Send the key over plain HTTP to another machine, too. Only where the network itself is private. */
  readonly insecure?: boolean;
  /** The longest that one request may take, to the last byte of its answer. 30 s. */
  readonly timeoutMs?: number;
  /** The longest that `pay` goes on: the last request begins within it. 10 minutes. */
  readonly limitMs?: number;
  /** Between the repeats of a request without an answer. From 500 ms to 30 s. */
  readonly repeats?: Pauses;
  /** Between two looks at a payout that is under way. From 500 ms to 15 s. */
  readonly polls?: Pauses;
  /** Before a failed payout is tried once more. From 10 s to a minute. */
  readonly retries?: Pauses;
  /** How many more tries a payout gets that failed with `processing_error`. 3. */
  readonly errorRetries?: number;
  /** How many more tries a payout gets that failed with `soft_declined`. 0. */
  readonly softRetries?: number;
  /** How long a request that went unanswered may still be on its way to the server. No payout is told as failed before. 30 s. */
  readonly lateMs?: number;
  readonly fetch?: Fetch;
  /** Resolves after `ms`; resolves or rejects at once when `signal` is aborted. */
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<unknown>;
  /** From 0 to 1. */
  readonly random?: () => number;
  /** Milliseconds on a clock that never jumps. */
  readonly now?: () => number;
}

export type Settings = Required<Omit<DisburseOptions, "url" | "privateKey" | "insecure">>;

const defaults: Settings = {
  timeoutMs: 30_000,
  limitMs: 600_000,
  repeats: { firstMs: 500, mostMs: 30_000 },
  polls: { firstMs: 500, mostMs: 15_000 },
  retries: { firstMs: 10_000, mostMs: 60_000 },
  errorRetries: 3,
  softRetries: 0,
  lateMs: 30_000,
  fetch: (url, init) => fetch(url, init),
  sleep: (ms, signal) => delay(ms, undefined, { signal }),
  random: Math.random,
  now: () => performance.now(),
};

/** The options with the defaults for what was left out. Throws a RangeError for a number that is none. */
export function settingsOf(options: DisburseOptions): Settings {
  const given = Object.fromEntries(
    Object.entries(options).filter(([name, value]) => name in defaults && value !== undefined),
  );
  const settings: Settings = { ...defaults, ...given };
  const { repeats, polls, retries } = settings;
  const numbers = { ...settings, repeats: repeats.firstMs, polls: polls.firstMs, retries: retries.firstMs };
  for (const [name, value] of Object.entries(numbers)) {
    if (typeof value === "function") continue;
    if (typeof value !== "number" || !(value >= 0)) throw new RangeError(`${name} must be zero or more`);
  }
  return settings;
}
