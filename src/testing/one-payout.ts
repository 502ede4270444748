import type { Answer } from "../core/attempt.ts";
import type { Attempt, Incident } from "../core/attempt.ts";
import type { Changes, Command, Decision, View } from "../core/command.ts";
import { emptyAccount, post, type Account } from "../core/ledger.ts";
import type { Merchant } from "../core/parties.ts";
import { create, type Payout } from "../core/payout.ts";
import type { RailPolicy } from "../core/rail.ts";
import { isRefusal, type Refusal } from "../core/refusal.ts";
import { takeAnswer } from "../flow/answer.ts";
import type { Heard, Resolved } from "../flow/heard.ts";
import type { Tools } from "../flow/intent.ts";
import { resolveIncident, type StatedOutcome } from "../flow/resolve.ts";
import { askAbout, sendPayout, type Asked } from "../flow/send.ts";

export const noon = Date.UTC(2026, 0, 1, 12);
const tools: Tools = { reference: (prefix, handle, attempt) => `${prefix}${handle}${attempt}`, digest: (text) => text };
const nothing = { code: null, message: null, bankId: null, raw: "{}" } as const;

/** One payout of 125.00 EUR on one rail, without a database: what commands decide is applied to it, and time is what one says. */
export class OnePayout {
  now = noon;
  payout: Payout;
  account: Account = {
    ...emptyAccount("1", "EUR"),
    balances: { available: 100_000n, held: 0n, paid_out: 0n, funding: -100_000n },
  };
  readonly sends: number[] = [];
  readonly answers: Answer[] = [];
  readonly incidents: Incident[] = [];
  readonly events: string[] = [];
  readonly #attempt: Attempt;
  readonly #rules: RailPolicy;

  constructor(rules: RailPolicy) {
    this.#rules = rules;
    const money = { merchantId: "1", amountMinor: 12_500n } as const;
    const named = { id: "2", handle: "p", door: "frisbii", customer: "c", currency: "EUR", text: null } as const;
    const { payout, ...rest } = create({ ...money, ...named, rail: rules.name, dueAt: noon }, "queued", noon);
    this.payout = payout;
    this.#attempt = {
      ...money,
      payoutId: "2",
      attempt: 1,
      reference: "R",
      rail: rules.name,
      vaultId: "3",
      methodId: null,
      statementText: null,
      merchantReference: null,
      at: noon,
    };
    this.#apply(rest);
  }

  send(): Resolved | Refusal {
    return this.#decide(sendPayout("1", "2", this.#rules.name, tools));
  }

  /** Looks at it, as the background does when it is due; with `hinted`, as when somebody says that there is news. */
  ask(hinted = false): Asked | Refusal {
    return this.#decide(askAbout("1", "2", hinted ? this.#attempt : null, this.#rules));
  }

  hear(
    verdict: Answer["verdict"],
    over: Partial<Omit<Heard, "answer">> & { bankId?: string } = {},
  ): Resolved | Refusal {
    const says = verdict === "paid" || verdict === "accepted" || verdict === "returned";
    const fault = says ? null : ({ error: "acquirer_communication_error", errorState: "processing_error" } as const);
    const { bankId = null, ...rest } = over;
    const heard: Heard = {
      merchantId: "1",
      payoutId: "2",
      attempt: this.payout.attempt,
      send: this.payout.send,
      askedAt: this.now,
      source: "inquiry",
      answer: { ...nothing, verdict, fault, bankId },
      rules: this.#rules,
      permit: true,
      ...rest,
    };
    return this.#decide(takeAnswer(heard, tools));
  }

  resolve(outcome: StatedOutcome | null): { payout: Payout } | Refusal {
    return this.#decide(resolveIncident({ merchantId: "1", payoutId: "2", by: "ada", reason: "looked", outcome }));
  }

  /** Lets time pass. */
  after(ms: number): this {
    this.now += ms;
    return this;
  }

  #decide<A extends object>(command: Command<A>): A | Refusal {
    const view: View = {
      now: this.now,
      merchant: { id: "1" } as Merchant,
      named: () => undefined,
      payout: () => this.payout,
      attempt: () => this.#attempt,
      method: () => undefined,
      token: () => undefined,
      customer: () => undefined,
      methodsOf: () => [],
      underWay: () => false,
      session: () => undefined,
      account: () => this.account,
      next: () => 1,
    };
    const decision: Decision<A> | Refusal = command.decide(view);
    if (isRefusal(decision)) return decision;
    this.#apply(decision.changes);
    return decision.answer;
  }

  #apply(changes: Changes): void {
    for (const payout of changes.payouts ?? []) this.payout = payout;
    for (const entry of changes.entries ?? []) this.account = post(this.account, entry);
    this.sends.push(...(changes.sends ?? []).map(({ send }) => send));
    this.answers.push(...(changes.answers ?? []));
    this.incidents.push(...(changes.incidents ?? []));
    this.events.push(...(changes.events ?? []).map(({ kind }) => kind));
  }
}
