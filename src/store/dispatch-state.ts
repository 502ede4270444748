import type pg from "pg";
import { sqlState } from "./batch.ts";
import { readAs, run, writeAs } from "./db.ts";
import type { Row } from "./read.ts";

/** Whether anything may be sent, and what ties the database to its place. Instants are milliseconds since 1970, by the database's clock. */
export interface DispatchState {
  /** Raised while anything is committed, to the time at least; never falls, but in a database that was restored. */
  readonly counter: number;
  readonly beatenAt: number;
  readonly boundAt: number | null;
  readonly systemIdentifier: string | null;
  readonly timeline: number | null;
  readonly name: string | null;
  readonly frozenAt: number | null;
  readonly frozenBecause: string | null;
  /** Banks are asked for what they have done since then. */
  readonly since: number | null;
  readonly rewoundAt: number | null;
  readonly asksFirstUntil: number | null;
  readonly armedAt: number | null;
  /** The database's clock when this was read. */
  readonly now: number;
}

/** The PostgreSQL that a database runs on; null: not to be read there. */
export type Cluster = Pick<DispatchState, "systemIdentifier" | "timeline">;

/** Something that happened to dispatch, for good. */
export interface DispatchEvent {
  readonly event: "bound" | "frozen" | "armed";
  readonly by: string;
  readonly reason: string;
  readonly forced: boolean;
  readonly facts: Readonly<Record<string, unknown>>;
}

/** The time by which the bank's clock and the database's may differ. */
const skewMs = 120_000;

export const readDispatch = (pool: pg.Pool): Promise<DispatchState> =>
  readAs(pool, [], async (client) => toState((await run<Row>(client, read)).rows[0]!));

/** Which PostgreSQL this is. A standby that takes over, or a restore to a point in time, begins a timeline of its own. */
export async function readCluster(db: pg.Pool | pg.ClientBase): Promise<Cluster> {
  try {
    const { rows } = await db.query<Row>(readControl);
    return { systemIdentifier: rows[0]!["system"], timeline: rows[0]!["timeline"] };
  } catch (error) {
    if (!["42501", "42883", "0A000", "55000"].includes(sqlState(error) ?? "")) throw error;
    return { systemIdentifier: null, timeline: null }; // a PostgreSQL of somebody else's may keep it to itself
  }
}

/** Raises the counter; undefined: it is below `least`, or dispatch is frozen, and nothing was changed. */
export const beat = (pool: pg.Pool, least: number): Promise<DispatchState | undefined> =>
  writeAs(pool, [], async (client) => (await run<Row>(client, raise, [least])).rows.map(toState)[0]);

/** Takes a database for one's own that nobody has had; false: somebody else was first. */
export const bind = (pool: pg.Pool, cluster: Cluster, name: string | null): Promise<boolean> =>
  change(
    pool,
    `update dispatch set bound_at = clock_timestamp(), system_identifier = $1, timeline = $2, name = $3, ${raised}
      where bound_at is null`,
    [cluster.systemIdentifier, cluster.timeline, name],
    {
      event: "bound",
      by: "server",
      reason: "the first start on this database",
      forced: false,
      facts: { ...cluster, name },
    },
  );

/** Keeps the name that an installation was given later. */
export const nameInstallation = (pool: pg.Pool, name: string): Promise<boolean> =>
  change(pool, "update dispatch set name = $1 where name is null", [name], {
    event: "bound",
    by: "server",
    reason: "the installation was given a name",
    forced: false,
    facts: { name },
  });

/**
 * Nothing is sent from now on, by any server; false: it was so already. Transactions may get numbers that they had before in a database
 * that was restored, so events from now on stand in another era.
 */
export const freeze = (pool: pg.Pool, because: string, facts: DispatchEvent["facts"]): Promise<boolean> =>
  change(
    pool,
    `update dispatch set frozen_at = clock_timestamp(), rewound_at = clock_timestamp(), frozen_because = $1, era = era + 1,
            since = beaten_at - interval '${skewMs} milliseconds'
      where frozen_at is null`,
    [because],
    { event: "frozen", by: "server", reason: because, forced: false, facts },
  );

/** Payouts are sent again, and this is the database of `cluster` and `name`. `askFirstMs`: for so long banks are asked before first sends. */
export async function arm(
  pool: pg.Pool,
  to: Cluster & { readonly name: string | null; readonly askFirstMs: number },
  log: Omit<DispatchEvent, "event">,
): Promise<void> {
  await change(
    pool,
    `update dispatch set frozen_at = null, frozen_because = null, since = null, armed_at = clock_timestamp(),
            bound_at = coalesce(bound_at, clock_timestamp()), system_identifier = $1, timeline = $2,
            name = coalesce($3, name), ${raised},
            asks_first_until = greatest(asks_first_until, case when $4::float8 > 0 then clock_timestamp() + $4::float8 * interval '1 millisecond' end)`,
    [to.systemIdentifier, to.timeline, to.name, to.askFirstMs],
    { ...log, event: "armed" },
  );
}

/** From when on banks are asked, of a database that is not frozen: a little before the last thing that it knows. */
export const sinceOf = (state: DispatchState): number => state.since ?? state.beatenAt - skewMs;

/** What happened, newest first. */
export const readDispatchLog = (pool: pg.Pool, most: number): Promise<(DispatchEvent & { readonly at: number })[]> =>
  readAs(pool, [], async (client) => {
    const { rows } = await run<Row>(client, "select * from dispatch_log order by id desc limit $1", [most]);
    return rows.map((row) => ({
      event: row["event"],
      by: row["by_whom"],
      reason: row["reason"],
      forced: row["forced"],
      facts: row["facts"],
      at: row["created_at"],
    }));
  });

/** Changes the one row and says so in the log, both or neither. */
function change(pool: pg.Pool, text: string, values: readonly unknown[], log: DispatchEvent): Promise<boolean> {
  return writeAs(pool, [], async (client) => {
    const { rowCount } = await run(client, text, values);
    if (rowCount !== 1) return false;
    const line = [log.event, log.by, log.reason, log.forced, JSON.stringify(log.facts)];
    await run(
      client,
      "insert into dispatch_log (event, by_whom, reason, forced, facts) values ($1, $2, $3, $4, $5)",
      line,
    );
    return true;
  });
}

/** To the time, so that it is beyond whatever a server saw before the database was restored, once it is armed again. */
const raised =
  "counter = greatest(counter + 1, (extract(epoch from clock_timestamp()) * 1000)::bigint), beaten_at = clock_timestamp()";
const clock = "clock_timestamp() as now";
const read = { name: "read_dispatch", text: `select *, ${clock} from dispatch` };
const raise = {
  name: "raise_counter",
  text: `update dispatch set ${raised} where counter >= $1 and frozen_at is null returning *, ${clock}`,
};
/** The file that is written to is named for its timeline. */
const readControl = `select system_identifier::text as system,
  ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int as timeline from pg_control_system()`;

const toState = (r: Row): DispatchState => ({
  counter: Number(r["counter"]),
  beatenAt: r["beaten_at"],
  boundAt: r["bound_at"],
  systemIdentifier: r["system_identifier"],
  timeline: r["timeline"],
  name: r["name"],
  frozenAt: r["frozen_at"],
  frozenBecause: r["frozen_because"],
  since: r["since"],
  rewoundAt: r["rewound_at"],
  asksFirstUntil: r["asks_first_until"],
  armedAt: r["armed_at"],
  now: r["now"],
});
