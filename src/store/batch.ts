import type pg from "pg";
import { assert } from "../core/assert.ts";
import type { Command } from "../core/command.ts";
import type { Notice } from "../core/notice.ts";
import type { Refusal } from "../core/refusal.ts";
import { actForGiven, inOneTrip, listed, run, type Statement } from "./db.ts";
import { lockAndLoad } from "./locks.ts";
import { claimNames } from "./names.ts";
import { batchLimits, setLimits } from "./time-limits.ts";
import { Remembered } from "./remembered.ts";
import { sqlState } from "./sql-state.ts";
import { beginLife, isOfNoLife, lifeSql, transactionId } from "./transaction.ts";
import { WorkingCopy } from "./working-copy.ts";
import { writeAll } from "./write.ts";

export { sqlState };

/** How one command of a batch ended: an answer or a lawful no, or a fault of ours that stopped only this command. */
export type Outcome = { readonly answer: object | Refusal } | { readonly fault: unknown };

/**
 * COMMIT was sent and its answer was lost. The transaction may be in or not: a session can be asked for the status of its `xid`,
 * which also says where it counts.
 */
export class CommitLost extends Error {
  override readonly name = "CommitLost";
  readonly xid: string;
  readonly outcomes: readonly Outcome[];
  constructor(xid: string, outcomes: readonly Outcome[], cause: unknown) {
    super(`the answer to COMMIT of transaction ${xid} was lost`, { cause });
    this.xid = xid;
    this.outcomes = outcomes;
  }
}

/**
 * PostgreSQL committed with a warning. It gives one when nobody waited for the standby that should have the transaction too
 * (somebody cancelled the wait, or it took too long): the next failover may lose it. Its words depend on the server's language.
 */
export class CommitDoubtful extends Error {
  override readonly name = "CommitDoubtful";
}

/**
 * Decides and writes all commands in one transaction. Returns what became of each, after COMMIT.
 * Throws what PostgreSQL throws, with nothing written; or {@link CommitLost}, or {@link CommitDoubtful}.
 * `number`: SQL of the number by which the transaction can be looked up. `remembered`: what batches on this connection left. `told` hears
 * what was committed that endpoints are to be told.
 */
export async function runBatch(
  client: pg.ClientBase,
  commands: readonly Command[],
  number: string,
  remembered = new Remembered(),
  told: (notices: readonly Notice[]) => void = () => {},
): Promise<readonly Outcome[]> {
  const merchants = [...new Set(commands.map((command) => command.merchantId))];
  const [{ xid, now }, names] = await inOneTrip([begin(client, merchants, number), claimNames(client, commands)]);
  const copy = new WorkingCopy(Math.floor(now), names);
  remembered.begin(xid);
  await lockAndLoad(client, commands, copy, remembered);
  const outcomes = commands.map((command): Outcome => {
    try {
      return { answer: copy.decide(command) };
    } catch (fault) {
      return { fault };
    }
  });
  const notices = copy.notices();
  await writeAll(client, copy, notices);
  await commit(client, xid, outcomes);
  remembered.keep(xid, copy);
  if (notices.length > 0) told(notices);
  if (isOfNoLife(xid)) await beginLife(client).catch(() => {}); // what was committed is, whatever becomes of this
  return outcomes;
}

/**
 * A batch reads and writes rows by their whole keys, so each is one step down an index, and there is nothing to plan. PostgreSQL plans
 * by what a merchant has on average: for one that has a thousand times as much it would go through all of it, in every batch. What has
 * no key to go by (one row of settings) then looks so dear to an older PostgreSQL that it would be compiled first. And where the first
 * batches are small, plans for what they hold look cheaper than one for all, and each later batch would be planned anew.
 */
const keyByKey = [
  ...["enable_seqscan", "enable_hashjoin", "enable_mergejoin", "jit"].map(
    (name) => `set_config('${name}', 'off', true)`,
  ),
  "set_config('plan_cache_mode', 'force_generic_plan', true)",
].join(", ");

const settle = (number: string): Statement => ({
  name: "begin_batch",
  text: `select ${number} as xid, (extract(epoch from clock_timestamp()) * 1000)::float8 as now,
                ${actForGiven}, ${setLimits(batchLimits)}, ${keyByKey}`,
});
const readLife: Statement = { name: "read_life", text: lifeSql };

/** Begins the transaction, as the role and for the merchants that it acts for. Tells its number, and the database's clock. */
async function begin(
  client: pg.ClientBase,
  merchants: readonly string[],
  number: string,
): Promise<{ xid: string; now: number }> {
  const [, begun, lives] = await inOneTrip([
    client.query("begin isolation level read committed"),
    run<{ xid: string; now: number }>(client, settle(number), [listed(merchants)]),
    run<{ life: string }>(client, readLife),
  ]);
  const { xid, now } = begun.rows[0]!;
  return { xid: transactionId(xid, lives.rows[0]!.life), now };
}

async function commit(client: pg.ClientBase, xid: string, outcomes: readonly Outcome[]): Promise<void> {
  let warning: string | undefined;
  const hear = ({ code, message }: { readonly code?: string | undefined; readonly message?: string | undefined }) => {
    if (code?.startsWith("00") !== true) warning = message ?? "without words"; // 00 is for what succeeded entirely
  };
  client.on("notice", hear);
  let told: string;
  try {
    ({ command: told } = await client.query("commit"));
  } catch (cause) {
    throw isServerAnswer(cause) ? cause : new CommitLost(xid, outcomes, cause);
  } finally {
    client.off("notice", hear);
  }
  assert(told === "COMMIT", "PostgreSQL has rolled back what it was told to commit"); // as it does when a statement has failed
  if (warning !== undefined) throw new CommitDoubtful(`PostgreSQL committed with a warning: ${warning}`);
}

/** An error that PostgreSQL itself sent for the statement says that it did not commit; anything else says nothing. */
const isServerAnswer = (error: unknown): boolean => {
  const code = sqlState(error);
  const severity = error instanceof Error && "severity" in error ? error.severity : undefined;
  return severity === "ERROR" && code !== undefined && !code.startsWith("57") && !code.startsWith("08");
};
