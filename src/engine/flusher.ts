import type pg from "pg";
import { CommitLost, runBatch, sqlState, transactionStatus } from "../store/batch.ts";
import { CommitFault } from "./fault.ts";
import type { FairQueue, Waiting } from "./queue.ts";

export interface FlusherPorts {
  readonly batch: number;
  openClient(): Promise<pg.Client>;
  /** Milliseconds that never jump. */
  monotonic(): number;
  sleep(ms: number): Promise<void>;
  /** A number from 0 up to 1, for the jitter between retries. */
  chance(): number;
  log(event: Record<string, unknown>, message: string): void;
}

/** How long a batch is tried again while the database cannot be reached, is full or shuts down. */
const unavailableMs = 3_000;

/** Takes what waits, commits it in one transaction, and begins again; one transaction at a time on one connection. */
export class Flusher {
  readonly #queue: FairQueue;
  readonly #ports: FlusherPorts;
  /** Merchants whose rows somebody else holds locked: they go on by themselves, on a connection of their own. */
  readonly #sidelined = new Set<string>();
  readonly #asides = new Set<Promise<void>>();
  #client: pg.Client | undefined;
  #running: Promise<void> | undefined;

  constructor(queue: FairQueue, ports: FlusherPorts) {
    this.#queue = queue;
    this.#ports = ports;
  }

  get waiting(): number {
    return this.#queue.size;
  }

  add(waiting: Waiting): boolean {
    const added = this.#queue.add(waiting);
    if (added) this.#wake();
    return added;
  }

  #wake(): void {
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
      if (this.#queue.hasWork(this.#sidelined)) this.#wake();
    });
  }

  async #run(): Promise<void> {
    await Promise.resolve(); // whoever asks in the same turn shares the first batch
    while (this.#queue.hasWork(this.#sidelined)) {
      const batch = this.#inTime(this.#queue.take(this.#ports.batch, this.#sidelined));
      await this.#flush(
        batch,
        (client) => (this.#client = client),
        () => this.#client,
      );
    }
  }

  /** A command whose caller has given up is not begun. */
  #inTime(taken: readonly Waiting[]): Waiting[] {
    const now = this.#ports.monotonic();
    for (const late of taken.filter((waiting) => waiting.until <= now))
      late.finish({ fault: new CommitFault("too_late") });
    return taken.filter((waiting) => waiting.until > now);
  }

  /** Commits `batch`, whatever it takes: every command is finished exactly once when this resolves. */
  async #flush(
    batch: readonly Waiting[],
    keep: (client: pg.Client | undefined) => void,
    kept: () => pg.Client | undefined,
  ): Promise<void> {
    if (batch.length === 0) return;
    const startedAt = this.#ports.monotonic();
    for (let tries = 1; ; tries += 1) {
      try {
        const client = kept() ?? (await this.#ports.openClient());
        keep(client);
        const outcomes = await runBatch(
          client,
          batch.map((waiting) => waiting.command),
        );
        batch.forEach((waiting, index) => waiting.finish(outcomes[index]!));
        return;
      } catch (error) {
        await this.#reset(kept(), keep, error);
        const next =
          error instanceof CommitLost ? await this.#lookUp(error) : this.#verdict(error, batch, tries, startedAt);
        this.#ports.log({ err: error, tries, commands: batch.length, next }, "a batch was not committed");
        if (next === "committed") {
          const { outcomes } = error as CommitLost;
          return batch.forEach((waiting, index) => waiting.finish(outcomes[index]!));
        }
        if (next === "again") await this.#ports.sleep(Math.min(200, 5 * 2 ** tries) * (0.5 + this.#ports.chance()));
        else if (next === "halves") {
          const middle = batch.length >> 1; // in order: commands of one payout keep theirs
          await this.#flush(batch.slice(0, middle), keep, kept);
          return this.#flush(batch.slice(middle), keep, kept);
        } else if (next === "asides") return this.#setAside(batch);
        else return batch.forEach((waiting) => waiting.finish({ fault: new CommitFault(next, error) }));
      }
    }
  }

  #verdict(error: unknown, batch: readonly Waiting[], tries: number, startedAt: number): Next {
    const state = sqlState(error);
    const now = this.#ports.monotonic();
    if (state === "40001" || state === "40P01")
      return tries < 10 ? "again" : batch.length > 1 ? "halves" : "unavailable";
    if (state === "55P03") {
      const merchants = new Set(batch.map((waiting) => waiting.command.merchantId));
      if (merchants.size > 1 || !this.#sidelined.has(batch[0]!.command.merchantId)) return "asides";
      return batch.some((waiting) => waiting.until > now) ? "again" : "unavailable";
    }
    // Data that cannot be stored, or a promise that broke while writing: whose, is found by halving.
    if (state === undefined ? !isConnection(error) : /^(22|23|42)/.test(state))
      return batch.length > 1 ? "halves" : "broken";
    return now - startedAt < unavailableMs ? "again" : "unavailable"; // 08, 53, 57, and connections
  }

  /** Moves each merchant of a blocked batch to a batch of its own; the flusher goes on with everybody else. */
  #setAside(batch: readonly Waiting[]): void {
    for (const [merchantId, own] of byMerchant(batch)) {
      this.#sidelined.add(merchantId);
      let client: pg.Client | undefined;
      const aside = this.#flush(
        own,
        (opened) => (client = opened),
        () => client,
      ).finally(async () => {
        this.#sidelined.delete(merchantId);
        this.#asides.delete(aside);
        await client?.end().catch(() => {});
        if (this.#queue.hasWork(this.#sidelined)) this.#wake();
      });
      this.#asides.add(aside);
    }
  }

  /** Asks PostgreSQL what became of a transaction whose COMMIT was not answered, until it knows. */
  async #lookUp(lost: CommitLost): Promise<Next> {
    for (let tries = 1; tries <= 60; tries += 1) {
      try {
        const client = await this.#ports.openClient();
        const status = await transactionStatus(client, lost.xid).finally(() => client.end().catch(() => {}));
        if (status === "committed") return "committed";
        if (status === "aborted") return "again";
        if (status === "unknown") return "unknown";
      } catch {
        // not reachable yet: ask again
      }
      await this.#ports.sleep(Math.min(500, 20 * 2 ** tries));
    }
    return "unknown";
  }

  /** After a failure: end the transaction, or, when the connection is doubtful, the connection. */
  async #reset(client: pg.Client | undefined, keep: (client: undefined) => void, error: unknown): Promise<void> {
    if (client === undefined) return;
    const clean = sqlState(error) !== undefined && !/^(08|57)/.test(sqlState(error)!);
    const usable =
      (clean || !(isConnection(error) || error instanceof CommitLost)) &&
      (await client.query("rollback").then(
        () => true,
        () => false,
      ));
    if (usable) return;
    keep(undefined);
    void client.end().catch(() => {});
  }

  async close(): Promise<void> {
    while (this.#running !== undefined || this.#asides.size > 0) await Promise.all([this.#running, ...this.#asides]);
    await this.#client?.end().catch(() => {});
  }
}

type Next = "again" | "halves" | "asides" | "committed" | "unavailable" | "unknown" | "broken";

/** Whether the error came from the connection rather than from PostgreSQL or from us. */
const isConnection = (error: unknown): boolean =>
  error instanceof CommitLost ||
  (error instanceof Error &&
    error.name !== "BrokenPromise" &&
    (("code" in error && /^E[A-Z]+$/.test(String(error.code))) ||
      /connection|timeout|terminat|closed|socket/i.test(error.message)));

function byMerchant(batch: readonly Waiting[]): Map<string, Waiting[]> {
  const groups = new Map<string, Waiting[]>();
  for (const waiting of batch) {
    const group = groups.get(waiting.command.merchantId);
    if (group === undefined) groups.set(waiting.command.merchantId, [waiting]);
    else group.push(waiting);
  }
  return groups;
}
