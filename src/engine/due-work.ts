import type { Command } from "../core/command.ts";
import type { VaultItem } from "../core/parties.ts";
import { isRefusal } from "../core/refusal.ts";
import { parkPayout } from "../flow/park.ts";
import { askAbout, sendPayout } from "../flow/send.ts";
import { sqlState } from "../store/batch.ts";
import type { DuePayout } from "../store/due.ts";
import type { Exchange, ExchangePorts } from "./exchange.ts";
import { CommitFault } from "./fault.ts";
import type { RailGate } from "./gate.ts";
import type { Permits } from "./permits.ts";
import { Setbacks } from "./setbacks.ts";
import type { UnderWay } from "./under-way.ts";

export interface DuePorts extends ExchangePorts {
  /**
   * Payouts of a rail whose time has come, longest due first, of all merchants but some. Takes no lock: the commit of a command is
   * the claim.
   */
  readDue(rail: string, work: "send" | "ask", most: number, without: readonly string[]): Promise<DuePayout[]>;
  readVaultOf(due: readonly DuePayout[]): Promise<Map<string, VaultItem>>;
}

/** Payouts that are begun with in one go. */
const mostAtOnce = 500;

/** Carries on what is due, rail by rail: so none waits for another, nor behind what cannot be carried on. */
export class DueWork {
  readonly #ports: DuePorts;
  readonly #exchange: Exchange;
  readonly #underWay: UnderWay;
  readonly #setbacks: Setbacks;
  readonly #atWork = new Set<string>();

  constructor(ports: DuePorts, exchange: Exchange, underWay: UnderWay) {
    this.#ports = ports;
    this.#exchange = exchange;
    this.#underWay = underWay;
    this.#setbacks = new Setbacks(ports);
  }

  /** Sends what is due, as far as the rails have room. Returns how many it found. */
  send(): Promise<number> {
    return this.#onEach(async (gate) => {
      const { name } = gate.rules;
      if (gate.probes()) this.#underWay.follow(this.#exchange.probe(name));
      if (gate.sends.free() === 0) {
        if (!gate.closed && (await this.#isDue(gate, "send"))) gate.sends.keepForDue();
        return 0;
      }
      if (gate.recovering && (await this.#hasQuestions(gate))) return 0;
      return this.#begin(gate, "send", gate.sends, async (taken) => {
        const vault = await this.#ports.readVaultOf(taken).catch(() => new Map<string, VaultItem>()); // else one by one
        return (one) => this.#sendOne(one, gate, vault);
      });
    });
  }

  /** Asks about what is in doubt, accepted, or sent so long ago that no answer will come. Returns how many it found. */
  ask(): Promise<number> {
    return this.#onEach((gate) =>
      this.#begin(gate, "ask", gate.questions, async () => (one) => this.#askOne(one, gate)),
    );
  }

  async #onEach(work: (gate: RailGate) => Promise<number>): Promise<number> {
    const begun = await Promise.all([...this.#exchange.gates.values()].map(work));
    return begun.reduce((sum, count) => sum + count, 0);
  }

  /** After an outage, what is in doubt is asked about before anything new leaves. */
  async #hasQuestions(gate: RailGate): Promise<boolean> {
    return gate.questions.underWay > 0 || (await this.#isDue(gate, "ask"));
  }

  async #isDue({ rules }: RailGate, work: "send" | "ask"): Promise<boolean> {
    const due = await this.#ports.readDue(rules.name, work, 1 + this.#unavailable(), []);
    return due.some((one) => this.#isFree(one));
  }

  /**
   * Begins with what is due, as far as there is room, and returns how many it found. What is at work is read again until its commit is
   * done, and what is left alone until its pause is over, so there is room for those in what is read; where a merchant's fill all of
   * it, the others are read.
   */
  async #begin(
    { rules }: RailGate,
    work: "send" | "ask",
    permits: Permits,
    prepare: (taken: readonly DuePayout[]) => Promise<(one: DuePayout) => Promise<void>>,
  ): Promise<number> {
    const without = new Set<string>();
    let found = 0;
    for (;;) {
      const most = Math.min(permits.free(), mostAtOnce) + this.#unavailable();
      if (permits.free() === 0) return 1; // full: room comes any moment, so it is looked at again soon
      const read = await this.#ports.readDue(rules.name, work, most, [...without]);
      const due = read.filter((one) => this.#isFree(one));
      const taken = due.filter(({ merchantId }) => permits.takeDue(merchantId));
      if (taken.length > 0) this.#followAll(taken, prepare(taken));
      found += due.length; // where there was no room for a merchant's, it comes any moment too
      if (taken.length > 0 || read.length < most) return found;
      for (const { merchantId } of read) without.add(merchantId);
    }
  }

  readonly #isFree = ({ id }: DuePayout): boolean => !this.#atWork.has(id) && !this.#setbacks.isResting(id);
  readonly #unavailable = (): number => this.#atWork.size + this.#setbacks.resting();

  #followAll(taken: readonly DuePayout[], prepared: Promise<(one: DuePayout) => Promise<void>>): void {
    for (const one of taken) {
      this.#atWork.add(one.id);
      const work = prepared.then((carryOn) => carryOn(one));
      this.#underWay.follow(work.finally(() => this.#atWork.delete(one.id)));
    }
  }

  async #sendOne(one: DuePayout, gate: RailGate, vault: ReadonlyMap<string, VaultItem>): Promise<void> {
    const since = this.#exchange.now();
    let order;
    try {
      const command = sendPayout(one.merchantId, one.id, gate.rules.name, this.#ports.tools);
      order = (await this.#decide(one, command, gate.sends))?.order;
      if (order != null) await this.#exchange.carryOut(order, vault.get(order.attempt.vaultId) ?? null, since);
    } finally {
      if (order == null) gate.sends.release();
    }
  }

  async #askOne(one: DuePayout, gate: RailGate): Promise<void> {
    try {
      const command = askAbout(one.merchantId, one.id, null, gate.rules);
      const question = (await this.#decide(one, command, gate.questions))?.question;
      if (question != null) await this.#exchange.ask(question, null);
    } finally {
      gate.questions.release();
    }
  }

  /** What a command about a due payout comes to. Undefined when it is refused, mostly because somebody was faster, or breaks. */
  async #decide<A extends object>(one: DuePayout, command: Command<A>, permits: Permits): Promise<A | undefined> {
    try {
      const answer = await this.#ports.commit(command).finally(() => permits.committed(one.merchantId));
      if (isRefusal(answer)) this.#setbacks.refused(one.id);
      else {
        this.#setbacks.clear(one.id);
        return answer;
      }
    } catch (error) {
      if (!(error instanceof CommitFault) || error.kind !== "broken") throw error;
      this.#ports.log({ err: error, payout: one.id }, "a payout's command breaks; it is left alone for a while");
      if (this.#setbacks.broke(one.id)) await this.#park(one, { while: command.kind, broke: inShort(error.cause) });
    }
    return undefined;
  }

  /** With an incident it is out of the way for all servers; where even that breaks, it is for this one. */
  async #park({ merchantId, id }: DuePayout, facts: Record<string, string>): Promise<void> {
    try {
      if (!isRefusal(await this.#ports.commit(parkPayout(merchantId, id, facts)))) this.#setbacks.clear(id);
    } catch (error) {
      this.#ports.log({ err: error, payout: id }, "a payout that cannot be carried on could not be parked");
    }
  }
}

/** What broke, without anything that PostgreSQL may have quoted of a row. */
function inShort(cause: unknown): string {
  const state = sqlState(cause);
  if (state !== undefined) return `SQLSTATE ${state}`;
  if (!(cause instanceof Error)) return "unknown";
  return cause.name === "BrokenPromise" ? cause.message.slice(0, 200) : cause.name;
}
