import { isOutdated } from "../store/db.ts";
import { CommitDoubtful, CommitLost, sqlState, type Outcome } from "../store/batch.ts";
import type { Session } from "../store/session.ts";
import { CommitFault } from "./fault.ts";
import type { FairQueue, Waiting } from "./queue.ts";
import { Telling } from "./telling.ts";

export interface FlusherPorts {
  readonly batch: number;
  openSession(): Promise<Session>;
  /** Milliseconds that never jump. */
  monotonic(): number;
  sleep(ms: number): Promise<void>;
  /** A number from 0 up to 1, for the jitter between retries. */
  chance(): number;
  log(event: Record<string, unknown>, message: string): void;
}

/** A connection of the flusher's: its own, or one beside it for merchants that go on by themselves. */
interface Lane {
  session: Session | undefined;
  readonly aside: boolean;
}

/** Connections beside the flusher's own, however many merchants are set aside. */
const mostAsides = 4;

/** How long a batch is tried again while the database cannot be reached, is full or shuts down. */
const unavailableMs = 3_000;
/** How long a transaction is still looked up when the flusher is closed. */
const closingMs = 1_000;

/** Takes what waits, commits it in one transaction, and begins again; one transaction at a time on one connection. */
export class Flusher {
  readonly #queue: FairQueue;
  readonly #ports: FlusherPorts;
  /** Merchants whose rows somebody else holds locked: they go on by themselves, on a connection of their own. */
  readonly #sidelined = new Map<string, (readonly Waiting[])[]>();
  readonly #unserved: string[] = [];
  readonly #asides = new Set<Promise<void>>();
  #serving = 0;
  readonly #lane: Lane = { session: undefined, aside: false };
  readonly #telling: Telling;
  #running: Promise<void> | undefined;
  /** Monotonic milliseconds, once it is closed. */
  #closedAt = Infinity;

  constructor(queue: FairQueue, ports: FlusherPorts) {
    this.#queue = queue;
    this.#ports = ports;
    this.#telling = new Telling(ports);
  }

  /** Whether something new of this merchant would be refused now. */
  isShut(merchantId: string): boolean {
    return this.#queue.isShut(merchantId, this.#ports.monotonic());
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
      const taken = this.#queue.take(this.#ports.batch, this.#sidelined, this.#ports.monotonic());
      await this.#flush(this.#inTime(taken), this.#lane);
    }
  }

  /** Tells those who have waited too long, also while a batch is stuck. */
  expire(): void {
    for (const late of this.#queue.expired(this.#ports.monotonic())) late.finish(tooLate());
    for (const line of this.#sidelined.values()) line.splice(0, line.length, ...line.map((own) => this.#inTime(own)));
  }

  /** A command whose caller has given up is not begun. */
  #inTime(taken: readonly Waiting[]): Waiting[] {
    const now = this.#ports.monotonic();
    for (const late of taken.filter((waiting) => waiting.until <= now)) late.finish(tooLate());
    return taken.filter((waiting) => waiting.until > now);
  }

  /** Commits `batch`, whatever it takes: when this resolves it is known what every caller is told, or the command is set aside. */
  async #flush(waiting: readonly Waiting[], lane: Lane): Promise<void> {
    let batch = lane.aside ? waiting : this.#withoutSidelined(waiting);
    const startedAt = this.#ports.monotonic();
    for (let tries = 1; batch.length > 0; tries += 1) {
      try {
        lane.session ??= await this.#ports.openSession().catch(unreachable);
        const commands = batch.map(({ command }) => command);
        return this.#telling.tell(batch, await lane.session.run(commands));
      } catch (error) {
        await this.#reset(lane, error);
        const lost = error instanceof CommitLost;
        const next = lost ? await this.#lookUp(error, batch) : this.#verdict(error, batch, tries, startedAt, lane);
        this.#ports.log({ err: error, tries, commands: batch.length, next }, "a batch was not committed");
        if (next === "committed") return this.#telling.tell(batch, (error as CommitLost).outcomes);
        if (next === "again") {
          await this.#ports.sleep(Math.min(200, 5 * 2 ** tries) * (0.5 + this.#ports.chance()));
          batch = this.#inTime(batch);
        } else if (next === "halves") {
          const middle = batch.length >> 1; // in order: commands of one payout keep theirs
          await this.#flush(batch.slice(0, middle), lane);
          return this.#flush(batch.slice(middle), lane);
        } else if (next === "asides") return this.#setAside(batch);
        else return batch.forEach((one) => one.finish({ fault: new CommitFault(next, error) }));
      }
    }
  }

  #verdict(error: unknown, batch: readonly Waiting[], tries: number, startedAt: number, lane: Lane): Next {
    if (error instanceof CommitDoubtful) return "unknown";
    const state = sqlState(error);
    const now = this.#ports.monotonic();
    if (state === "23505" && tries <= 2) return "again"; // somebody else was first with a row that nobody had yet
    if (state === "40001" || state === "40P01")
      return tries < 10 ? "again" : batch.length > 1 ? "halves" : "unavailable";
    if (state === "55P03")
      return !lane.aside ? "asides" : batch.some(({ until }) => until > now) ? "again" : "unavailable";
    // Data that cannot be stored, or a promise that broke while writing: whose, is found by halving.
    if (state === undefined ? !isConnection(error) : !isForEverybody(state) && !isOutdated(error))
      return batch.length > 1 ? "halves" : "broken";
    return now - startedAt < unavailableMs ? "again" : "unavailable";
  }

  /** A merchant that goes on by itself keeps its order: what comes later goes behind what is aside already. */
  #withoutSidelined(waiting: readonly Waiting[]): readonly Waiting[] {
    const behind = waiting.filter(({ command }) => this.#sidelined.has(command.merchantId));
    if (behind.length === 0) return waiting;
    this.#setAside(behind);
    return waiting.filter(({ command }) => !this.#sidelined.has(command.merchantId));
  }

  /** Moves each merchant of a blocked batch to batches of its own, on a few connections beside; the flusher goes on. */
  #setAside(batch: readonly Waiting[]): void {
    for (const [merchantId, own] of byMerchant(batch)) {
      const line = this.#sidelined.get(merchantId);
      if (line === undefined) {
        this.#sidelined.set(merchantId, [own]);
        this.#unserved.push(merchantId);
      } else line.push(own);
    }
    for (let more = this.#unserved.length; more > 0 && this.#serving < mostAsides; more -= 1) {
      this.#serving += 1;
      const aside = this.#serveAsides().finally(() => this.#asides.delete(aside));
      this.#asides.add(aside);
    }
  }

  async #serveAsides(): Promise<void> {
    const lane: Lane = { session: undefined, aside: true };
    for (let merchantId = this.#unserved.shift(); merchantId !== undefined; merchantId = this.#unserved.shift()) {
      const line = this.#sidelined.get(merchantId) ?? [];
      for (let own = line.shift(); own !== undefined; own = line.shift()) await this.#flush(this.#inTime(own), lane);
      this.#sidelined.delete(merchantId);
      if (this.#queue.hasWork(this.#sidelined)) this.#wake();
    }
    this.#serving -= 1; // from here on nobody counts on it
    await lane.session?.end().catch(() => {});
  }

  /** Asks what became of a transaction whose COMMIT was not answered, until that is known or nobody waits for it any more. */
  async #lookUp(lost: CommitLost, batch: readonly Waiting[]): Promise<Next> {
    const until = Math.max(...batch.map((waiting) => waiting.until));
    for (let tries = 1; this.#ports.monotonic() < Math.min(until, this.#closedAt + closingMs); tries += 1) {
      try {
        const session = await this.#ports.openSession();
        const status = await session.statusOf(lost.xid).finally(() => session.end().catch(() => {}));
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
  async #reset(lane: Lane, error: unknown): Promise<void> {
    const { session } = lane;
    if (session === undefined) return;
    const state = sqlState(error);
    const sound = state === undefined ? !isConnection(error) : !/^(08|25|57|58)/.test(state) && !isOutdated(error);
    const usable =
      sound &&
      (await session.rollback().then(
        () => true,
        () => false,
      ));
    if (usable) return;
    lane.session = undefined;
    void session.end().catch(() => {});
  }

  async close(): Promise<void> {
    this.#closedAt = this.#ports.monotonic();
    while (this.#running !== undefined || this.#asides.size > 0) await Promise.all([this.#running, ...this.#asides]);
    await this.#telling.end();
    await this.#lane.session?.end().catch(() => {});
  }
}

const tooLate = (): Outcome => ({ fault: new CommitFault("too_late") });

/** No connection could be had, for whatever reason. */
class Unreachable extends Error {
  override readonly name = "Unreachable";
}
const unreachable = (cause: unknown): never => {
  throw new Unreachable("the database could not be reached", { cause });
};

type Next = "again" | "halves" | "asides" | "committed" | "unavailable" | "unknown" | "broken";

/** Whether the error came from the connection rather than from PostgreSQL or from us. */
export const isConnection = (error: unknown): boolean =>
  error instanceof CommitLost ||
  error instanceof Unreachable ||
  (error instanceof Error &&
    error.name !== "BrokenPromise" &&
    (("code" in error && /^E[A-Z_]+$/.test(String(error.code))) ||
      /connection|timeout|terminat|closed|socket/i.test(error.message)));

/** What no command is to blame for: 08 connection, 25 read-only or idle, 40 rolled back, 53 full, 55 in recovery, 57 stopped, 58 disk. */
export const isForEverybody = (state: string): boolean => /^(08|25|40|53|55|57|58)/.test(state);

function byMerchant(batch: readonly Waiting[]): Map<string, Waiting[]> {
  const groups = new Map<string, Waiting[]>();
  for (const waiting of batch) {
    const group = groups.get(waiting.command.merchantId);
    if (group === undefined) groups.set(waiting.command.merchantId, [waiting]);
    else group.push(waiting);
  }
  return groups;
}
