import { acceptPayout } from "../flow/accept.ts";
import type { Accepted, PayoutRequest } from "../flow/request.ts";
import type { VaultItem } from "../core/parties.ts";
import type { Payout } from "../core/payout.ts";
import { isRefusal, type Refusal } from "../core/refusal.ts";
import { askAbout, sendPayout, type Hinted } from "../flow/send.ts";
import type { Exchange, ExchangePorts, News } from "./exchange.ts";

/** A payout that has to be looked at, and the rail it goes over. */
export interface Due {
  readonly merchantId: string;
  readonly id: string;
  readonly rail: string;
}

export interface DispatchPorts extends ExchangePorts {
  /** Payouts whose time has come, longest due first. Takes no lock: the commit of a command is the claim. */
  readDue(states: readonly Payout["state"][], most: number): Promise<Due[]>;
  readVaultOf(due: readonly Due[]): Promise<Map<string, VaultItem>>;
  /** What `work` comes to, or undefined when it takes longer than `ms`. */
  within<T>(ms: number, work: Promise<T>): Promise<T | undefined>;
}

/** Questions that may be under way at once, and payouts looked at in one go. */
const mostQuestions = 64;
const mostAtOnce = 500;

/** Carries payouts on: at once when a merchant asks, and by itself when their time has come. */
export class Dispatcher {
  readonly #ports: DispatchPorts;
  readonly #exchange: Exchange;
  readonly #underWay = new Set<Promise<unknown>>();
  readonly #atWork = new Set<string>();
  #questions = 0;

  constructor(ports: DispatchPorts, exchange: Exchange) {
    this.#ports = ports;
    this.#exchange = exchange;
  }

  /**
   * Takes a payout on and, where it may leave at once, carries it out. Resolves with what is known when the bank has
   * answered or `budgetMs` has passed; what is still under way then goes on by itself.
   */
  async accept(request: Omit<PayoutRequest, "permits">, budgetMs: number): Promise<Accepted | Refusal> {
    const permits = [...this.#exchange.gates].filter(([, gate]) => gate.take()).map(([rail]) => rail);
    const committedAt = this.#ports.monotonic();
    let used: string | undefined;
    try {
      const accepted = await this.#ports.commit(acceptPayout({ ...request, permits }, this.#ports.tools), budgetMs);
      if (isRefusal(accepted)) return accepted;
      if (accepted.ask)
        return await this.#within(
          budgetMs,
          accepted,
          this.hint(request.merchantId, accepted.payout.id, accepted.attempt),
        );
      if (accepted.order === null) return accepted;
      used = accepted.order.attempt.rail;
      return await this.#within(
        budgetMs,
        accepted,
        this.#exchange.carryOut(accepted.order, accepted.reached?.vault ?? null, committedAt),
      );
    } finally {
      for (const rail of permits) if (rail !== used) this.#exchange.gates.get(rail)?.release();
    }
  }

  async #within(budgetMs: number, accepted: Accepted, news: Promise<News | undefined>): Promise<Accepted> {
    this.#follow(news);
    const heard = await this.#ports.within(
      budgetMs,
      news.catch(() => undefined),
    );
    return { ...accepted, ...heard };
  }

  /** Somebody says that there is news of a payout: the bank is asked at once. Rejects when that has to wait. */
  async hint(merchantId: string, payoutId: string, of: Hinted): Promise<News | undefined> {
    const question = await this.#ports.commit(askAbout(merchantId, payoutId, of));
    if (!isRefusal(question)) return await this.#exchange.ask(question, null);
    if (question.facts["state"] === "sent") throw new Error("a send is under way, and its own answer goes first");
    return undefined;
  }

  /** Sends what is due, as far as the rails have room. Returns how many it began with. */
  async sendDue(): Promise<number> {
    const free = Math.max(0, ...[...this.#exchange.gates.values()].map((gate) => gate.free()));
    if (free === 0) return 0;
    const due = await this.#ports.readDue(["queued"], Math.min(free, mostAtOnce) + this.#atWork.size);
    const vault = await this.#ports.readVaultOf(due);
    return this.#each(due, (one) =>
      this.#exchange.gates.get(one.rail)?.take() === true ? this.#sendOne(one, vault) : undefined,
    );
  }

  async #sendOne({ merchantId, id, rail }: Due, vault: ReadonlyMap<string, VaultItem>): Promise<void> {
    const committedAt = this.#ports.monotonic();
    let used = false;
    try {
      const sent = await this.#ports.commit(sendPayout(merchantId, id, rail, this.#ports.tools));
      if (isRefusal(sent) || sent.order === null) return; // somebody else was faster, or it was cancelled
      used = true;
      await this.#exchange.carryOut(sent.order, vault.get(sent.order.attempt.vaultId) ?? null, committedAt);
    } finally {
      if (!used) this.#exchange.gates.get(rail)?.release();
    }
  }

  /** Asks about what is in doubt, accepted, or sent so long ago that no answer will come. Returns how many it began with. */
  async askDue(): Promise<number> {
    const room = mostQuestions - this.#questions;
    if (room <= 0) return 0;
    const due = await this.#ports.readDue(["sent", "accepted", "in_doubt"], room + this.#atWork.size);
    return this.#each(due, (one) => (this.#questions < mostQuestions ? this.#askOne(one) : undefined));
  }

  async #askOne({ merchantId, id }: Due): Promise<void> {
    this.#questions += 1;
    try {
      const question = await this.#ports.commit(askAbout(merchantId, id, null));
      if (!isRefusal(question)) await this.#exchange.ask(question, null);
    } finally {
      this.#questions -= 1;
    }
  }

  /**
   * Starts `work` on each that is not at work already: it is read again until its commit is done, which may take long, so readers
   * leave room for those. Returns how many.
   */
  #each(due: readonly Due[], work: (one: Due) => Promise<void> | undefined): number {
    let started = 0;
    for (const one of due.filter(({ id }) => !this.#atWork.has(id))) {
      const begun = work(one);
      if (begun === undefined) continue;
      started += 1;
      this.#atWork.add(one.id);
      this.#follow(begun.finally(() => this.#atWork.delete(one.id)));
    }
    return started;
  }

  #follow(work: Promise<unknown>): void {
    const followed = work.catch((error: unknown) =>
      this.#ports.log({ err: error }, "a payout was not carried on; it will be looked at again"),
    );
    this.#underWay.add(followed);
    void followed.finally(() => this.#underWay.delete(followed));
  }

  /** Resolves when nothing is under way any more, or after `mostMs`. */
  async quiet(mostMs: number): Promise<void> {
    const done = async () => {
      while (this.#underWay.size > 0) await Promise.all(this.#underWay);
    };
    await this.#ports.within(mostMs, done());
  }
}
