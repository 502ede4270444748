import { inspect } from "node:util";
import type pg from "pg";
import { sqlState } from "../../store/batch.ts";
import type { Recorded } from "../record.ts";
import { connect } from "./connect.ts";
import { sameOutcomes } from "./difference.ts";
import { GatedBatch } from "./gate.ts";

/**
 * Does on PostgreSQL what was done to the database in memory: the same batches, by the production code, with the same ones
 * open beside each other, reading and committing in the same order. Tells what went otherwise.
 */
export class Replay {
  readonly differences: string[] = [];
  batches = 0;
  readonly #url: string;
  readonly #idle: pg.Client[] = [];
  readonly #open = new Map<string, { readonly batch: GatedBatch; readonly client: pg.Client }>();

  constructor(url: string) {
    this.#url = url;
  }

  async run(recorded: readonly Recorded[]): Promise<void> {
    for (const event of recorded) {
      if (event.kind === "read") await this.#read(event);
      else await this.#end(event);
    }
  }

  /** Ends what is still open. */
  async giveUp(): Promise<void> {
    for (const xid of this.#open.keys()) await this.#end({ kind: "ended", xid });
  }

  async close(): Promise<void> {
    await Promise.all(this.#idle.map((client) => client.end()));
  }

  async #read({ xid, now, commands }: Recorded & { kind: "read" }): Promise<void> {
    const client = this.#idle.pop() ?? (await connect(this.#url));
    const batch = new GatedBatch(client, now, commands);
    this.#open.set(xid, { batch, client });
    this.batches += 1;
    try {
      await batch.hasRead;
    } catch (error) {
      this.differences.push(`PostgreSQL does not let batch ${xid} read: ${wordsOf(error)}`);
    }
  }

  async #end(event: Exclude<Recorded, { kind: "read" }>): Promise<void> {
    const { xid } = event;
    const open = this.#open.get(xid);
    if (open === undefined) return;
    this.#open.delete(xid);
    if (event.kind === "ended") await open.batch.giveUp();
    else {
      const came = await open.batch.commit().catch(wordsOf);
      const same =
        event.kind === "committed"
          ? typeof came !== "string" && sameOutcomes(came, event.outcomes)
          : came === `23505 ${event.constraint}`;
      if (!same) this.differences.push(`batch ${xid}, ${event.kind} in memory: PostgreSQL says ${inspect(came)}`);
    }
    this.#idle.push(open.client);
  }
}

const wordsOf = (error: unknown): string => {
  const state = sqlState(error);
  if (state === undefined) return String(error);
  return `${state} ${(error as { constraint?: string }).constraint ?? String(error)}`;
};
