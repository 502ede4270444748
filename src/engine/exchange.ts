import type { VaultItem } from "../core/parties.ts";
import { isRefusal } from "../core/refusal.ts";
import { communicationError, takeAnswer, type Heard, type Resolved } from "../flow/answer.ts";
import { sendWithinMs, type SendOrder, type Tools } from "../flow/intent.ts";
import type { Question } from "../flow/send.ts";
import type { Destination, Instruction, Rail, RailAnswer } from "../rails/rail.ts";
import type { Commit } from "./commit.ts";
import { CommitFault } from "./fault.ts";
import { RailGate } from "./gate.ts";
import { unguarded, type SendGuard } from "./send-guard.ts";

/** What an answer made of a payout. */
export type News = Pick<Resolved, "payout" | "heard"> & {
  /** Whether the bank answered when it was asked. */
  readonly answered?: boolean;
};

export interface ExchangePorts {
  readonly commit: Commit;
  readonly tools: Tools;
  readonly rails: ReadonlyMap<string, Rail>;
  /** Absent: the database was never restored. */
  readonly guard?: SendGuard;
  /** Opens a card or account, for the moment of sending it. */
  openVault(item: VaultItem): Destination;
  readVault(merchantId: string, vaultId: string): Promise<VaultItem>;
  monotonic(): number;
  sleep(ms: number): Promise<void>;
  log(event: Record<string, unknown>, message: string): void;
}

/** An answer that has been heard is worth keeping: so often, with pauses, its commit is tried before it is left to be asked for. */
const answerTries = 8;

/** Talks to the rails: what is committed to be sent is sent, what has to be asked is asked, and every answer is committed. */
export class Exchange {
  readonly #ports: ExchangePorts;
  readonly #guard: SendGuard;
  readonly gates: ReadonlyMap<string, RailGate>;

  constructor(ports: ExchangePorts) {
    this.#ports = ports;
    this.#guard = ports.guard ?? unguarded;
    const gate = ({ rules }: Rail) =>
      new RailGate(
        rules,
        () => ports.monotonic(),
        () => this.#guard.maySend(rules.name),
      );
    this.gates = new Map([...ports.rails.values()].map((rail) => [rail.rules.name, gate(rail)]));
  }

  /**
   * Carries out a committed send and commits its answer; the caller's permit is given back. `committedAt` is the monotonic
   * time before the intent was committed: later than a deadline counted from there, not a byte is written.
   * Resolves with what the answer made of the payout; undefined when that could not be saved and has to be asked for later.
   */
  async carryOut(order: SendOrder, vault: VaultItem | null, committedAt: number): Promise<News | undefined> {
    const rail = this.#rail(order.attempt.rail);
    const gate = this.gates.get(rail.rules.name);
    try {
      const known = await this.#askFirst(rail, order);
      const answer = known ?? (await this.#send(rail, order, vault, committedAt));
      gate?.heard(answer.verdict !== "unanswered");
      const { merchantId, payoutId, attempt, send, at } = order.send;
      const about = { merchantId, payoutId, attempt, send, askedAt: at };
      const source = known === null ? "reply" : "inquiry";
      return await this.#keep({ ...about, source, answer, rules: rulesOf(rail), permit: false }, vault);
    } finally {
      gate?.release();
    }
  }

  /** Asks the bank about a payout and commits what it says; sends once more where that is what follows. */
  async ask(question: Question, vault: VaultItem | null): Promise<News> {
    const rail = this.#rail(question.rail);
    const gate = this.gates.get(question.rail);
    const { payout, attempt } = question;
    const answer = await rail.find(question.reference, question.fence, attempt === payout.attempt ? payout : undefined);
    gate?.heard(answer.verdict !== "unanswered");
    const permit = answer.verdict === "never_received" && gate?.take() === true;
    const counts = this.#guard.believes(rail.rules, question.askedAt);
    const heard = {
      merchantId: payout.merchantId,
      payoutId: payout.id,
      attempt,
      send: question.fence,
      askedAt: question.askedAt,
      source: "inquiry",
      answer,
      rules: counts ? rulesOf(rail) : { ...rulesOf(rail), fences: false, horizonMs: Infinity },
      permit,
    } as const;
    const news = await this.#keep(heard, vault);
    if (news === undefined) throw new Error("what the bank said was not saved");
    return { ...news, answered: answer.verdict !== "unanswered" };
  }

  /** Commits an answer. With a permit, either a resend takes it over or it is given back. */
  async #keep(heard: Heard, vault: VaultItem | null): Promise<News | undefined> {
    let resending = false;
    try {
      for (let tries = 1; tries <= answerTries; tries += 1) {
        const committedAt = this.#ports.monotonic();
        try {
          const resolved = await this.#ports.commit(takeAnswer(heard, this.#ports.tools));
          if (isRefusal(resolved)) return undefined;
          if (resolved.order === null) return resolved;
          resending = true;
          return await this.carryOut(resolved.order, vault, committedAt);
        } catch (error) {
          if (!(error instanceof CommitFault) || error.kind === "broken" || resending) throw error;
          await this.#ports.sleep(50 * 2 ** tries);
        }
      }
    } catch (error) {
      this.#ports.log({ err: error, payout: heard.payoutId }, "an answer was not saved; the bank will be asked for it");
    } finally {
      if (heard.permit && !resending) this.gates.get(heard.rules.rail)?.release();
    }
    return undefined;
  }

  /**
   * What the bank knows of an attempt that is about to be sent for the first time, where the database may have forgotten that
   * it was sent before; null: nothing, so it may be sent. A bank that does not say, or not yet for good, leaves it in doubt.
   */
  async #askFirst(rail: Rail, { payout, attempt, send }: SendOrder): Promise<RailAnswer | null> {
    if (send.send > 1 || !this.#guard.asksFirst(rail.rules, attempt.reference)) return null;
    const answer = await rail.find(attempt.reference, 0, { ...attempt, currency: payout.currency });
    if (answer.verdict !== "never_received") return answer;
    return this.#guard.believes(rail.rules, send.at) ? null : { ...answer, verdict: "unanswered" };
  }

  async #send(rail: Rail, order: SendOrder, known: VaultItem | null, committedAt: number): Promise<RailAnswer> {
    const { payout, attempt, send } = order;
    const left = () => {
      if (this.#ports.monotonic() > committedAt + sendWithinMs) throw new Error("the deadline of this send has passed");
      if (!this.#guard.maySend(rail.rules.name)) throw new Error("dispatch was frozen");
    };
    try {
      const vault = known ?? (await this.#ports.readVault(attempt.merchantId, attempt.vaultId));
      const instruction: Instruction = {
        reference: attempt.reference,
        send: send.send,
        amountMinor: attempt.amountMinor,
        currency: payout.currency,
        destination: this.#ports.openVault(vault),
        handle: payout.handle,
        statementText: cut(attempt.statementText, rail.rules.statementTextLength),
        merchantReference: cut(attempt.merchantReference, rail.rules.merchantReferenceLength),
        text: payout.text,
        amountTable: vault.amountTable,
      };
      left();
      return await rail.send(instruction, left);
    } catch (error) {
      this.#ports.log({ err: error, payout: payout.id }, "a send did not leave, or its answer could not be read");
      return { verdict: "unanswered", fault: communicationError, code: null, message: null, bankId: null, raw: "{}" };
    }
  }

  #rail(name: string): Rail {
    const rail = this.#ports.rails.get(name);
    if (rail === undefined) throw new Error(`there is no rail ${name}`);
    return rail;
  }
}

const cut = (text: string | null, length: number): string | null => (text === null ? null : text.slice(0, length));

const rulesOf = ({ rules }: Rail) => ({
  rail: rules.name,
  fences: rules.fences,
  horizonMs: rules.horizonMs,
  resends: rules.class !== "neither",
});
