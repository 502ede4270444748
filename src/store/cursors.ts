import type pg from "pg";
import { actFor } from "./db.ts";

/** How far the list of a rail was followed; empty: not at all. */
export async function readCursor(pool: pg.Pool, rail: string): Promise<string> {
  const { rows } = await pool.query<{ cursor: string }>("select cursor from rail_cursors where rail = $1", [rail]);
  return rows[0]?.cursor ?? "";
}

export async function saveCursor(pool: pg.Pool, rail: string, cursor: string): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query(`begin; ${actFor([])}`);
    await client.query(
      `insert into rail_cursors values ($1, $2, clock_timestamp())
         on conflict (rail) do update set cursor = excluded.cursor, changed_at = excluded.changed_at`,
      [rail, cursor],
    );
    await client.query("commit");
  } finally {
    client.release();
  }
}
