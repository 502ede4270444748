import type pg from "pg";
import { readAs, writeAs } from "./db.ts";

/** How far the list of a rail was followed; empty: not at all. */
export const readCursor = (pool: pg.Pool, rail: string): Promise<string> =>
  readAs(pool, [], async (client) => {
    const { rows } = await client.query<{ cursor: string }>("select cursor from rail_cursors where rail = $1", [rail]);
    return rows[0]?.cursor ?? "";
  });

export const saveCursor = (pool: pg.Pool, rail: string, cursor: string): Promise<void> =>
  writeAs(pool, [], async (client) => {
    await client.query(
      `insert into rail_cursors values ($1, $2, clock_timestamp())
         on conflict (rail) do update set cursor = excluded.cursor, changed_at = excluded.changed_at`,
      [rail, cursor],
    );
  });
