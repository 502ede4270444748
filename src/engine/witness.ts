import type { Cluster, DispatchState } from "../store/dispatch-state.ts";

/** What a server last saw of its database, kept outside of it. */
export interface Seen {
  readonly installation: string;
  /** The database's counter: about the time, in milliseconds since 1970, at which it was raised. */
  readonly counter: number;
}

export interface Witness {
  /** Undefined: nothing was seen yet, or it cannot be read. */
  read(): Seen | undefined;
  /** Throws when it cannot be written. */
  write(seen: Seen): void;
}

export const isSeen = (value: unknown): value is Seen => {
  const { installation, counter } = (value ?? {}) as Partial<Record<keyof Seen, unknown>>;
  return typeof installation === "string" && Number.isSafeInteger(counter);
};

/** What is known when a database is opened, or looked at again. */
export interface Sight {
  readonly state: DispatchState;
  readonly cluster: Cluster;
  readonly seen: Seen | undefined;
  /** The installation's id in the database, and the name that this server was given for it (undefined: none). */
  readonly installation: string;
  readonly name: string | undefined;
}

/**
 * `new`: no server has had it. `rewound`: it is not the database that was, whoever looks. `stranger`: nothing ties this server
 * to it, which says nothing about other servers. `fine`: it is ours, and where it was.
 */
export type Judgement =
  { readonly is: "new" | "fine" } | { readonly is: "rewound" | "stranger"; readonly because: string };

/** Whether a database may be taken for the one that it was. */
export function judge({ state, cluster, seen, installation, name }: Sight): Judgement {
  if (state.boundAt === null) return { is: "new" };
  const { systemIdentifier, timeline } = cluster;
  if (differ(systemIdentifier, state.systemIdentifier)) {
    return rewound(
      "it runs on another PostgreSQL than the one it belongs to: it is a copy, or was restored from a dump",
    );
  }
  if (differ(timeline, state.timeline)) {
    const [from, to] = [state.timeline, timeline];
    return rewound(
      `its PostgreSQL went from timeline ${from} to ${to}: it was restored to a point in time, or a standby took over`,
    );
  }
  const known = seen?.installation === installation;
  if (known && seen.counter > state.counter) {
    return rewound(
      `it ends at ${at(state.counter)}, and this server has seen it at ${at(seen.counter)}: it was restored`,
    );
  }
  if (name !== undefined && state.name !== null && name !== state.name) {
    return stranger(`it belongs to the installation ${state.name}, and this server is one of ${name}`);
  }
  if (known || (name !== undefined && name === state.name)) return { is: "fine" };
  return stranger(
    seen === undefined
      ? "this server has never seen it: its data folder has no witness.json"
      : `this server's data folder belongs to another installation (${seen.installation})`,
  );
}

const rewound = (because: string): Judgement => ({ is: "rewound", because });
const stranger = (because: string): Judgement => ({ is: "stranger", because });

/** Where one of the two cannot be read, it says nothing. */
const differ = <T>(one: T | null, other: T | null): boolean => one !== null && other !== null && one !== other;

const at = (counter: number): string => new Date(counter).toISOString();
