import { Unopenable, type VaultItem } from "../core/parties.ts";
import { isRefusal } from "../core/refusal.ts";
import { takeAnswer } from "../flow/answer.ts";
import { communicationError, type Heard, type Resolved } from "../flow/heard.ts";
import type { SendOrder, Tools } from "../flow/intent.ts";
import type { Question } from "../flow/send.ts";
import { takesTransfers } from "../rails/bank-days.ts";
import { expectSound, type Destination, type Rail, type RailAnswer, type RailRules } from "../rails/rail.ts";
import type { Commit } from "./commit.ts";
import { CommitFault } from "./fault.ts";
import { RailGate } from "./gate.ts";
import { instructionOf } from "./instruction.ts";
import { Leaving, type Moment } from "./leaving.ts";
import { unguarded, type SendGuard } from "./send-guard.ts";

/** What an answer made of a payout. */
export type News = Pick<Resolved, "payout" | "heard"> & {
  /** Whether the bank, when it was asked, had something to say about it. */
  readonly known?: boolean;
};

export interface ExchangePorts {
  readonly commit: Commit;
  readonly tools: Tools;
  readonly rails: ReadonlyMap<string, Rail>;
  /** Absent: the database was never restored. */
  readonly guard?: SendGuard;
  /** Opens a card or account, for the moment of sending it. Rejects with {@link Unopenable} what the next try cannot open either. */
  openVault(item: VaultItem): Promise<Destination>;
  readVault(merchantId: string, vaultId: string): Promise<VaultItem>;
  /** Milliseconds that never jump, but may stand still while a machine sleeps. */
  monotonic(): number;
  /** Milliseconds since 1970, by this machine's clock: only differences are taken, and only to be careful. */
  wall(): number;
  /** A number from 0 up to 1, for the jitter of pauses. */
  chance(): number;
  sleep(ms: number): Promise<void>;
  log(event: Record<string, unknown>, message: string): void;
}

/** An answer that has been heard is worth keeping: so often, with pauses, its commit is tried before it is left to be asked for. */
const answerTries = 8;

/** What came of a send: what is to be kept of it, and whether it says something about the bank. */
interface Outcome {
  readonly answer: RailAnswer;
  readonly source: "reply" | "inquiry" | "own";
  readonly ourFault: boolean;
}

/** Talks to the rails: what is committed to be sent is sent, what has to be asked is asked, and every answer is committed. */
export class Exchange {
  readonly #ports: ExchangePorts;
  readonly #guard: SendGuard;
  readonly gates: ReadonlyMap<string, RailGate>;

  /** Throws a TypeError for a rail whose promises do not fit together. */
  constructor(ports: ExchangePorts) {
    this.#ports = ports;
    this.#guard = ports.guard ?? unguarded;
    for (const rail of ports.rails.values()) expectSound(rail);
    const mayOpen = (rules: RailRules) =>
      this.#guard.maySend(rules.name) && takesTransfers(rules.bankDays, ports.wall());
    const gateOf = ({ rules }: Rail) => new RailGate(rules, ports, () => mayOpen(rules));
    this.gates = new Map([...ports.rails.values()].map((rail) => [rail.rules.name, gateOf(rail)]));
  }

  /** Now, by both clocks: to be taken before the commit of an intent. */
  now(): Moment {
    return { monotonic: this.#ports.monotonic(), wall: this.#ports.wall() };
  }

  /**
   * Carries out a committed send and commits its answer; the caller's permit is given back as soon as the bank has answered. `since`
   * is the moment before the intent was committed: later than a deadline counted from there, not a byte is written.
   * Resolves with what the answer made of the payout; undefined when that could not be saved and has to be asked for later.
   */
  async carryOut(order: SendOrder, vault: VaultItem | null, since: Moment): Promise<News | undefined> {
    const rail = this.rail(order.attempt.rail);
    const { answer, source, ourFault } = await this.#ofBank(rail, order, vault, since);
    const { merchantId, payoutId, attempt, send, at } = order.send;
    const { rules } = rail;
    const about = { merchantId, payoutId, attempt, send, askedAt: at, source, ourFault, answer, rules, permit: false };
    return await this.#keep(about, vault);
  }

  async #ofBank(rail: Rail, order: SendOrder, vault: VaultItem | null, since: Moment): Promise<Outcome> {
    const gate = this.gates.get(rail.rules.name);
    try {
      const outcome = (await this.#askFirst(rail, order)) ?? (await this.#send(rail, order, vault, since));
      if (outcome.source !== "own") gate?.heard(isAnswer(outcome.answer));
      return outcome;
    } finally {
      gate?.sends.release();
    }
  }

  /** Asks the bank about a payout and commits what it says; sends once more where that is what follows. */
  async ask(question: Question, vault: VaultItem | null): Promise<News> {
    const rail = this.rail(question.rail);
    const gate = this.gates.get(question.rail);
    const { merchantId, id, currency } = question.payout;
    if (rail.find === undefined) throw new Error(`the rail ${question.rail} cannot be asked`);
    const sent = { amountMinor: question.amountMinor, currency };
    const answer = await rail.find(question.reference, question.fence, sent);
    gate?.heard(isAnswer(answer));
    const permit = answer.verdict === "never_received" && gate?.sends.takeDue(merchantId) === true;
    const counts = this.#guard.believes(rail.rules, question.askedAt);
    const news = await this.#keep(
      {
        merchantId,
        payoutId: id,
        attempt: question.attempt,
        send: question.fence,
        askedAt: question.askedAt,
        afterEnd: question.over,
        source: "inquiry",
        differs: answer.differs === true,
        answer,
        rules: counts ? rail.rules : { ...rail.rules, fences: false, horizonMs: Infinity },
        permit,
      },
      vault,
    );
    if (news === undefined) throw new Error("what the bank said was not saved");
    return { ...news, known: isAnswer(answer) && answer.verdict !== "never_received" };
  }

  /** Asks about a reference that nobody has: whether the bank answers is what matters. It bars nothing. */
  async probe(name: string): Promise<void> {
    const answer = await this.rail(name).find?.(this.#ports.tools.reference("PROBES", name, 0), 0, null);
    if (answer !== undefined) this.gates.get(name)?.heard(isAnswer(answer));
  }

  /** Commits an answer. With a permit, either a resend takes it over or it is given back. */
  async #keep(heard: Heard, vault: VaultItem | null): Promise<News | undefined> {
    const gate = this.gates.get(heard.rules.name);
    let [waiting, resending] = [heard.permit, false];
    const committed = () => {
      if (waiting) gate?.sends.committed(heard.merchantId);
      waiting = false;
    };
    try {
      for (let tries = 1; tries <= answerTries; tries += 1) {
        const since = this.now();
        try {
          const resolved = await this.#ports.commit(takeAnswer(heard, this.#ports.tools));
          committed();
          if (isRefusal(resolved)) return undefined;
          if (resolved.order === null) return resolved;
          resending = true;
          return await this.carryOut(resolved.order, vault, since);
        } catch (error) {
          if (!(error instanceof CommitFault) || error.kind === "broken" || resending) throw error;
          await this.#ports.sleep(50 * 2 ** tries);
        }
      }
    } catch (error) {
      this.#ports.log({ err: error, payout: heard.payoutId }, "an answer was not saved; the bank will be asked for it");
    } finally {
      committed();
      if (heard.permit && !resending) gate?.sends.release();
    }
    return undefined;
  }

  /**
   * What the bank knows of an attempt that is about to be sent, where the database may have forgotten that it was sent before, for
   * the first time or once more; null: nothing, so it may be sent. A bank that does not say, or not yet for good, leaves it in doubt.
   */
  async #askFirst(rail: Rail, { payout, attempt, send }: SendOrder): Promise<Outcome | null> {
    if (rail.find === undefined || !this.#guard.asksFirst(rail.rules, attempt.reference)) return null;
    const sent = { amountMinor: attempt.amountMinor, currency: payout.currency };
    const answer = await rail.find(attempt.reference, 0, sent);
    const inquiry = { source: "inquiry", ourFault: false } as const;
    if (answer.verdict !== "never_received") return { ...inquiry, answer };
    if (this.#guard.believes(rail.rules, send.at)) return null;
    return { ...inquiry, answer: { ...answer, verdict: "unanswered" } };
  }

  async #send(rail: Rail, order: SendOrder, known: VaultItem | null, since: Moment): Promise<Outcome> {
    const left = new Leaving(this.#ports, since, () => this.#guard.maySend(rail.rules.name));
    let [instructing, handedOver] = [false, false];
    try {
      const vault = known ?? (await this.#ports.readVault(order.attempt.merchantId, order.attempt.vaultId));
      const destination = await this.#ports.openVault(vault);
      instructing = true; // what cannot be written as an instruction now cannot be next time either
      const instruction = instructionOf(order, vault, destination, rail.rules);
      instructing = false;
      left.check();
      handedOver = true;
      const answer = await rail.send(instruction, left.go);
      if (answer.verdict !== "unsent") return { answer, source: "reply", ourFault: false };
      if (left.gone) return { answer: { ...answer, verdict: "unanswered" }, source: "reply", ourFault: false };
      return { answer, source: left.late ? "own" : "reply", ourFault: false };
    } catch (error) {
      this.#ports.log({ err: error, payout: order.payout.id }, "a send did not leave, or its answer could not be read");
      if (handedOver) return { answer: unanswered, source: "reply", ourFault: false };
      return {
        answer: { ...unanswered, verdict: "unsent" },
        source: "own",
        ourFault: instructing || error instanceof Unopenable,
      };
    }
  }

  rail(name: string): Rail {
    const rail = this.#ports.rails.get(name);
    if (rail === undefined) throw new Error(`there is no rail ${name}`);
    return rail;
  }
}

/** Whether the bank said anything, be it that it knows the reference otherwise. */
const isAnswer = ({ verdict, differs }: RailAnswer): boolean =>
  differs === true || (verdict !== "unanswered" && verdict !== "unsent");

const unanswered: RailAnswer = {
  verdict: "unanswered",
  fault: communicationError,
  code: null,
  message: null,
  bankId: null,
  raw: "{}",
};
