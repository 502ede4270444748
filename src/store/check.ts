import pg from "pg";
import { openPool, readAll, run } from "./db.ts";
import { belonging } from "./invariants/belonging.ts";
import { evidence } from "./invariants/evidence.ts";
import type { Invariant } from "./invariants/invariant.ts";
import { life } from "./invariants/life.ts";
import { money } from "./invariants/money.ts";
import { restored } from "./invariants/restored.ts";

export const invariants: readonly Invariant[] = [...money, ...life, ...evidence, ...belonging, ...restored];

/** Something that should be true in every committed state, and is not. */
export interface Finding {
  readonly invariant: string;
  readonly says: string;
  /** In how many places; `rows` shows the first few, with figures. */
  readonly count: number;
  readonly rows: readonly Readonly<Record<string, unknown>>[];
}

/** Rows shown of each finding. */
const mostRows = 10;

/**
 * Holds the books against every invariant, in one snapshot and as a role that can write nothing, so it may run beside a
 * busy server. No findings: all of them hold. `live` also asks whether work goes on, which only a running server keeps up.
 */
export async function checkBooks(database: string | pg.Pool, live = true): Promise<Finding[]> {
  if (typeof database !== "string") return readAll(database, (client) => findViolations(client, live));
  const pool = openPool(database, 1, 3_600);
  try {
    return await readAll(pool, (client) => findViolations(client, live));
  } finally {
    await pool.end();
  }
}

/** The same within a transaction of the caller's. */
export async function findViolations(client: pg.ClientBase, live = true): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const { name, says, sql, values } of invariants.filter((invariant) => live || invariant.live !== true)) {
    const text = `select v.*, count(*) over () as violations from (${sql}) as v limit ${mostRows}`;
    const { rows } = await run<Record<string, unknown> & { violations: string }>(client, text, values ?? []);
    if (rows.length === 0) continue;
    const count = Number(rows[0]!.violations);
    const shown = rows.map((row) =>
      Object.fromEntries(Object.entries(row).filter(([column]) => column !== "violations")),
    );
    findings.push({ invariant: name, says, count, rows: shown });
  }
  return findings;
}
