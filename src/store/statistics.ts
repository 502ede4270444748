import type pg from "pg";
import { run, writeAs } from "./db.ts";

/** Has tables analyzed that have doubled since they last were, so that plans fit them. Returns how many. */
export const analyzeGrownTables = (pool: pg.Pool): Promise<number> =>
  writeAs(pool, [], async (client) => {
    const { rows } = await run<{ analyzed: number }>(client, "select analyze_grown_tables() as analyzed");
    return rows[0]?.analyzed ?? 0;
  });
