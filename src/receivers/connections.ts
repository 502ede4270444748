import { Client } from "undici";
import type { Connect } from "./connect.ts";

/** A connection that is one call's until it is given back. */
export interface Lent {
  readonly client: Client;
  /** `reusable`: nothing of the call is left on the connection. Otherwise it is broken off. */
  giveBack(reusable: boolean): void;
}

/** Connections to receivers, kept for a moment in case of another call. */
export interface Connections {
  /** One that was kept, or a new one. Whoever may be reached on loopback shares connections with nobody else. */
  lend(origin: string, loopback: boolean): Lent;
  /** How many are kept, and how many are lent. */
  readonly count: { readonly kept: number; readonly lent: number };
  /** Breaks all off; nothing is lent after that. */
  close(): Promise<void>;
}

export interface ConnectionSettings {
  connect(loopback: boolean): Connect;
  monotonic(): number;
  /** How long one is kept without a call. */
  readonly idleMs?: number;
  /** How long one is used, so that a name that moves is looked up again. */
  readonly mostAgeMs?: number;
  /** How many are kept: 10,000 receivers that are called once an hour shall not keep one each. */
  readonly most?: number;
}

interface Kept {
  readonly key: string;
  readonly client: Client;
  readonly bornAt: number;
  idleSince: number;
}

export function openConnections(settings: ConnectionSettings): Connections {
  const { connect, monotonic, idleMs = 5_000, mostAgeMs = 60_000, most = 1_000 } = settings;
  const connects = { outside: connect(false), loopback: connect(true) };
  const kept = new Set<Kept>(); // longest idle first
  const byKey = new Map<string, Kept[]>(); // the same, for each origin
  const lent = new Set<Kept>();
  let sweeping: NodeJS.Timeout | undefined;

  const take = (key: string): Kept | undefined => {
    const own = byKey.get(key);
    const last = own?.pop();
    if (own?.length === 0) byKey.delete(key);
    if (last !== undefined) kept.delete(last);
    return last;
  };
  const keep = (connection: Kept): void => {
    connection.idleSince = monotonic();
    kept.add(connection);
    const own = byKey.get(connection.key);
    if (own === undefined) byKey.set(connection.key, [connection]);
    else own.push(connection);
    if (kept.size > most) dropOldest();
    sweeping ??= setInterval(sweep, idleMs).unref();
  };
  const dropOldest = (): void => {
    const [oldest] = kept;
    const own = byKey.get(oldest!.key)!;
    own.shift();
    if (own.length === 0) byKey.delete(oldest!.key);
    kept.delete(oldest!);
    void oldest!.client.destroy();
  };
  const sweep = (): void => {
    const longAgo = monotonic() - idleMs;
    for (const { idleSince } of kept) {
      if (idleSince > longAgo) return;
      dropOldest();
    }
    clearInterval(sweeping);
    sweeping = undefined;
  };
  return {
    lend(origin, loopback) {
      const side = loopback ? "loopback" : "outside";
      const key = `${side} ${origin}`;
      const born = () => ({ key, client: newClient(origin, connects[side]), bornAt: monotonic(), idleSince: 0 });
      const connection = take(key) ?? born();
      lent.add(connection);
      return {
        client: connection.client,
        giveBack(reusable) {
          if (!lent.delete(connection)) return;
          if (reusable && monotonic() - connection.bornAt < mostAgeMs) keep(connection);
          else void connection.client.destroy();
        },
      };
    },
    get count() {
      return { kept: kept.size, lent: lent.size };
    },
    async close() {
      clearInterval(sweeping);
      const all = [...kept, ...lent];
      for (const connections of [kept, lent, byKey]) connections.clear();
      await Promise.all(all.map(({ client }) => client.destroy()));
    },
  };
}

const newClient = (origin: string, connect: Connect): Client =>
  new Client(origin, {
    connect,
    keepAliveTimeout: 4_000, // below what servers commonly keep an idle connection; shorter where one says so
    keepAliveMaxTimeout: 4_000,
    maxHeaderSize: 16_384,
    headersTimeout: 0, // exchange.ts has one limit for all of a call
    bodyTimeout: 0,
    allowH2: false,
  });
