import { acceptPayout } from "../flow/accept.ts";
import type { Accepted, PayoutRequest } from "../flow/request.ts";
import { isRefusal, type Refusal } from "../core/refusal.ts";
import { askAbout, type Hinted } from "../flow/send.ts";
import { DueWork, type DuePorts } from "./due-work.ts";
import type { Exchange, News } from "./exchange.ts";
import { CommitFault } from "./fault.ts";
import type { RailGate } from "./gate.ts";
import { UnderWay, type UnderWayPorts } from "./under-way.ts";

/** So long a payout waits in line for a permit before it is taken on. */
const turnWithinMs = 500;
/** When a merchant's first has waited so long in that line, its new ones do not join it. */
const slowLineMs = 250;

/** `within`: what `work` comes to, or undefined when it takes longer than `ms`. */
export interface DispatchPorts extends DuePorts, UnderWayPorts {}

/** Carries payouts on: at once when a merchant asks, and by itself when their time has come. */
export class Dispatcher {
  readonly #ports: DispatchPorts;
  readonly #exchange: Exchange;
  readonly #underWay: UnderWay;
  readonly #due: DueWork;

  constructor(ports: DispatchPorts, exchange: Exchange) {
    this.#ports = ports;
    this.#exchange = exchange;
    this.#underWay = new UnderWay(ports);
    this.#due = new DueWork(ports, exchange, this.#underWay);
  }

  /**
   * Takes a payout on and, where it may leave at once, carries it out. Resolves with what is known when the bank has
   * answered or `budgetMs` has passed; what is still under way then goes on by itself. `waits`: it is known to wait for something
   * else than the bank, and needs no permit. Rejects with a {@link CommitFault} when it was not taken on.
   */
  async accept(request: Omit<PayoutRequest, "permits">, budgetMs: number, waits = false): Promise<Accepted | Refusal> {
    const { merchantId } = request;
    const taken = waits ? [] : await this.#permits(merchantId);
    const permits = taken.map(([rail]) => rail);
    const since = this.#exchange.now();
    let used: string | undefined;
    try {
      const accepted = await this.#ports
        .commit(acceptPayout({ ...request, permits }, this.#ports.tools), budgetMs)
        .finally(() => taken.forEach(([, { sends }]) => sends.committed(merchantId)));
      if (isRefusal(accepted)) return accepted;
      if (accepted.ask)
        return await this.#within(budgetMs, accepted, this.hint(merchantId, accepted.payout.id, accepted.attempt));
      if (accepted.order === null) return accepted;
      used = accepted.order.attempt.rail;
      return await this.#within(
        budgetMs,
        accepted,
        this.#exchange.carryOut(accepted.order, accepted.reached?.vault ?? null, since),
      );
    } finally {
      for (const [rail, { sends }] of taken) if (rail !== used) sends.release();
    }
  }

  /**
   * A permit of each rail that has room; where none has, of whichever has some soon. While we are what is slow, nothing is taken on
   * without one. Where the bank is slow, or down, it is: it is queued, and leaves later.
   */
  async #permits(merchantId: string): Promise<readonly [string, RailGate][]> {
    const gates = [...this.#exchange.gates];
    const taken = gates.filter(([, { sends }]) => sends.take(merchantId));
    const lines = gates.filter(([, gate]) => gate.isWide);
    if (taken.length > 0 || lines.length === 0) return taken;
    if (this.isShut(merchantId)) throw new CommitFault("overloaded");
    const turns = lines.map((gate) => ({ gate, turn: gate[1].sends.waitFor(merchantId) }));
    await this.#ports.within(turnWithinMs, Promise.race(turns.map(({ turn }) => turn.came)));
    const came = turns.filter(({ turn }) => !turn.leave()).map(({ gate }) => gate);
    if (came.length === 0 && lines.every(([, { sends }]) => sends.waitsForCommits)) throw new CommitFault("overloaded");
    return came;
  }

  /** Whether a new payout of this merchant would be refused now: others of it wait long, or many, and we are what is slow. */
  isShut(merchantId: string): boolean {
    const shut = ({ sends }: RailGate) =>
      sends.waitsForCommits && (sends.isFull(merchantId) || sends.waitOf(merchantId) > slowLineMs);
    const gates = [...this.#exchange.gates.values()];
    return gates.length > 0 && gates.every(shut);
  }

  async #within(budgetMs: number, accepted: Accepted, news: Promise<News | undefined>): Promise<Accepted> {
    this.#underWay.follow(news);
    const heard = await this.#ports.within(
      budgetMs,
      news.catch(() => undefined),
    );
    return { ...accepted, ...heard };
  }

  /** Somebody says that there is news of a payout: the bank is asked at once. Rejects when that has to wait. */
  async hint(merchantId: string, payoutId: string, of: Hinted): Promise<News | undefined> {
    const { rules } = this.#exchange.rail(of.rail);
    const asked = await this.#ports.commit(askAbout(merchantId, payoutId, of, rules));
    if (!isRefusal(asked)) return asked.question === null ? undefined : await this.#exchange.ask(asked.question, null);
    if (asked.facts["state"] === "sent") throw new Error("a send is under way, and its own answer goes first");
    return undefined;
  }

  /** Sends what is due, as far as the rails have room. Returns how many it found. */
  sendDue(): Promise<number> {
    return this.#due.send();
  }

  /** Asks about what is in doubt, accepted, or sent so long ago that no answer will come. Returns how many it found. */
  askDue(): Promise<number> {
    return this.#due.ask();
  }

  /** Resolves when nothing is under way any more, or after `mostMs`. */
  quiet(mostMs: number): Promise<void> {
    return this.#underWay.quiet(mostMs);
  }
}
