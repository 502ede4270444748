/**
 * How long PostgreSQL lets a transaction take, in milliseconds: a statement, the wait for a lock, and our silence between two
 * statements. They are set in the transaction and end with it, so they hold whatever the server's defaults are, and nobody
 * inherits them who is given the same connection by a pooler.
 */
export interface TimeLimits {
  readonly statementMs: number;
  readonly lockMs: number;
  readonly idleMs: number;
}

/** A batch. Longer locks mean that somebody else holds the rows of a merchant, who then goes on by himself. */
export const batchLimits: TimeLimits = { statementMs: 15_000, lockMs: 2_000, idleMs: 15_000 };
/** A read, or a write of the operator's. */
export const shortLimits: TimeLimits = { statementMs: 10_000, lockMs: 5_000, idleMs: 15_000 };
/** A list, or a search: whoever asks for one that takes longer is told to ask for less. */
export const listStatementMs = 2_000;
/** The migrations: a table may be large, but whoever asks for a table waits behind the migration that waits for it. */
export const migrationLimits: TimeLimits = { statementMs: 3_600_000, lockMs: 10_000, idleMs: 60_000 };

/** The limits as what a SELECT lists. */
export const setLimits = ({ statementMs, lockMs, idleMs }: TimeLimits): string =>
  [
    ["statement_timeout", statementMs],
    ["lock_timeout", lockMs],
    ["idle_in_transaction_session_timeout", idleMs],
  ]
    .map(([name, ms]) => `set_config('${name}', '${ms}', true)`)
    .join(", ");
