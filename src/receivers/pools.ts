import { Pool } from "undici";
import type { Connect } from "./connect.ts";

interface Held {
  readonly key: string;
  readonly pool: Pool;
  calls: number;
  idleSince: number;
}

/** Connections to receivers, kept for the next call; and given up when there is none, or too many receivers have some. */
export interface Pools {
  /** Lends the pool of an origin for one call. Whoever may be reached on loopback shares connections with nobody else. */
  with<T>(origin: string, loopback: boolean, call: (pool: Pool) => Promise<T>): Promise<T>;
  readonly size: number;
  /** Breaks all connections off; nothing is lent after that. */
  close(): Promise<void>;
}

export interface PoolSettings {
  connect(loopback: boolean): Connect;
  monotonic(): number;
  /** How long an origin without calls keeps its pool. */
  readonly idleMs?: number;
  /** How many origins without calls have one. */
  readonly most?: number;
}

export function openPools({ connect, monotonic, idleMs = 10_000, most = 500 }: PoolSettings): Pools {
  const connects = { outside: connect(false), loopback: connect(true) };
  const pools = new Map<string, Held>(); // those without calls in the order in which they fell idle
  let sweeping: NodeJS.Timeout | undefined;

  const borrow = (origin: string, loopback: boolean): Held => {
    const key = `${loopback ? "loopback" : "outside"} ${origin}`;
    const held = pools.get(key) ?? {
      key,
      pool: newPool(origin, connects[loopback ? "loopback" : "outside"]),
      calls: 0,
      idleSince: 0,
    };
    held.calls++;
    pools.set(key, held);
    sweeping ??= setInterval(sweep, idleMs).unref();
    return held;
  };
  const giveBack = (held: Held): void => {
    held.calls--;
    held.idleSince = monotonic();
    if (pools.get(held.key) !== held) return; // closed meanwhile
    pools.delete(held.key);
    pools.set(held.key, held);
    if (pools.size > most) drop([...pools.values()].filter(({ calls }) => calls === 0).slice(0, pools.size - most));
  };
  const drop = (unwanted: readonly Held[]): void => {
    for (const { key, pool } of unwanted) {
      pools.delete(key);
      void pool.destroy();
    }
  };
  const sweep = (): void => {
    const now = monotonic();
    drop([...pools.values()].filter(({ calls, idleSince }) => calls === 0 && now - idleSince >= idleMs));
    if (pools.size > 0) return;
    clearInterval(sweeping);
    sweeping = undefined;
  };
  return {
    async with(origin, loopback, call) {
      const held = borrow(origin, loopback);
      try {
        return await call(held.pool);
      } finally {
        giveBack(held);
      }
    },
    get size() {
      return pools.size;
    },
    async close() {
      clearInterval(sweeping);
      const all = [...pools.values()];
      pools.clear();
      await Promise.all(all.map(({ pool }) => pool.destroy()));
    },
  };
}

/** As many connections as there are calls: how many that may be is for the caller to say, who knows which merchant waits for which. */
const newPool = (origin: string, connect: Connect): Pool =>
  new Pool(origin, {
    connect,
    keepAliveTimeout: 4_000, // below what servers commonly keep an idle connection; shorter where one says so
    keepAliveMaxTimeout: 10_000,
    clientTtl: 60_000, // so that a name that moves is looked up again
    maxHeaderSize: 16_384,
    headersTimeout: 0, // one limit for all of a call stands in exchange.ts
    bodyTimeout: 0,
    allowH2: false,
  });
