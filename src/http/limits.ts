/** How often, in what bursts, and how many at once. */
export interface Limit {
  readonly perSecond: number;
  readonly burst: number;
  readonly atOnce: number;
}
export interface LimitSettings {
  readonly reads: Limit;
  readonly writes: Limit;
}

export const limitPresets = {
  /** Only a runaway client meets these: what the server can bear is watched elsewhere. */
  generous: {
    reads: { perSecond: 20_000, burst: 40_000, atOnce: 5_000 },
    writes: { perSecond: 50_000, burst: 100_000, atOnce: 20_000 },
  },
  /** Those of Frisbii's own servers, for rehearsing. Source: docs.frisbii.com/reference/request_limiting. */
  vendor: {
    reads: { perSecond: 25, burst: 50, atOnce: 10 },
    writes: { perSecond: 10, burst: 25, atOnce: 10 },
  },
} as const satisfies Record<string, LimitSettings>;

export type LimitKind = keyof LimitSettings;

interface Bucket {
  tokens: number;
  filledAt: number;
  running: number;
}

/** Keys that are remembered at once: one that has been idle until its bucket is full again can be forgotten. */
const mostKeys = 10_000;

/** Counts what each API key asks. `monotonic` is milliseconds that never jump. */
export class Limits {
  readonly #settings: LimitSettings;
  readonly #monotonic: () => number;
  readonly #buckets: Record<LimitKind, Map<string, Bucket>> = { reads: new Map(), writes: new Map() };

  constructor(settings: LimitSettings, monotonic: () => number) {
    this.#settings = settings;
    this.#monotonic = monotonic;
  }

  /** Whether the key may ask once more now. */
  take(key: string, kind: LimitKind): boolean {
    const bucket = this.#bucket(key, kind);
    if (bucket.tokens < 1) return false;
    bucket.tokens -= 1;
    return true;
  }

  /** Whether one more may be under way; then {@link leave} follows. */
  enter(key: string, kind: LimitKind): boolean {
    const bucket = this.#bucket(key, kind);
    if (bucket.running >= this.#settings[kind].atOnce) return false;
    bucket.running += 1;
    return true;
  }

  leave(key: string, kind: LimitKind): void {
    const bucket = this.#buckets[kind].get(key);
    if (bucket !== undefined) bucket.running -= 1;
  }

  /** Buckets that are kept. */
  get size(): number {
    return this.#buckets.reads.size + this.#buckets.writes.size;
  }

  #bucket(key: string, kind: LimitKind): Bucket {
    const now = this.#monotonic();
    const { perSecond, burst } = this.#settings[kind];
    const bucket = this.#buckets[kind].get(key);
    if (bucket !== undefined) {
      bucket.tokens = Math.min(burst, bucket.tokens + ((now - bucket.filledAt) * perSecond) / 1000);
      bucket.filledAt = now;
      return bucket;
    }
    if (this.#buckets[kind].size >= mostKeys) this.#forget(kind, now);
    const fresh = { tokens: burst, filledAt: now, running: 0 };
    this.#buckets[kind].set(key, fresh);
    return fresh;
  }

  /** Drops every key that a fresh bucket would treat the same; if there is none, the one that asked first and rests now. */
  #forget(kind: LimitKind, now: number): void {
    const { perSecond, burst } = this.#settings[kind];
    const buckets = this.#buckets[kind];
    const idle = [...buckets].filter(([, { running }]) => running === 0);
    const full = idle.filter(([, { tokens, filledAt }]) => tokens + ((now - filledAt) * perSecond) / 1000 >= burst);
    for (const [key] of full.length > 0 ? full : idle.slice(0, 1)) buckets.delete(key);
  }
}
