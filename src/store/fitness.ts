import { openClient } from "./db.ts";

/** What a PostgreSQL is found to be before it is used. */
export interface Fitness {
  /** Settings under which a commit is not on disk when it is answered. */
  readonly unsafe: readonly string[];
  /** It follows another one, and cannot be written. */
  readonly isStandby: boolean;
}

export async function findFitness(url: string): Promise<Fitness> {
  const client = await openClient(url);
  try {
    const { rows } = await client.query<{ unsafe: string[]; standby: boolean }>(
      `select pg_is_in_recovery() as standby,
              array(select name || '=' || setting from pg_settings
                     where name in ('fsync', 'synchronous_commit', 'full_page_writes') and setting = 'off' order by name) as unsafe`,
    );
    return { unsafe: rows[0]!.unsafe, isStandby: rows[0]!.standby };
  } finally {
    await client.end().catch(() => {});
  }
}
