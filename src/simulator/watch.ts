import { keyOf } from "../store/working-copy.ts";
import { entryAccounts, type AccountRole } from "../core/ledger.ts";
import type { Payout, PayoutState } from "../core/payout.ts";
import type { Transfer } from "./bank.ts";
import type { Committed } from "./database.ts";
import { payoutKey, type Tables } from "./memory/tables.ts";

/** Where one event may lead from each state. Written down a second time, so that a change of the first is noticed. */
const lawful: Record<PayoutState | "new", readonly PayoutState[]> = {
  new: ["awaiting_approval", "queued"],
  awaiting_approval: ["queued", "cancelled", "failed"],
  queued: ["sent", "awaiting_approval", "cancelled", "failed"],
  sent: ["accepted", "paid", "failed", "in_doubt", "queued"],
  accepted: ["paid", "failed"],
  in_doubt: ["sent", "accepted", "paid", "failed", "queued"],
  paid: ["returned"],
  failed: ["queued", "awaiting_approval"],
  cancelled: [],
  returned: [],
};
const holding = new Set<PayoutState>(["queued", "sent", "accepted", "in_doubt"]);

/** Looks at every commit and at every transfer, and says what must never be. It decides nothing that the code under test decides. */
export class Watch {
  readonly violations: string[] = [];
  /** What was reached: late successes, resends, contradictions, … */
  readonly goals = new Map<string, number>();
  readonly #tables: Tables;
  readonly #before = new Map<string, Payout>();
  readonly #paid = new Map<string, Transfer[]>();
  readonly #lied: (payout: string) => boolean;

  constructor(tables: Tables, lied: (payout: string) => boolean) {
    this.#tables = tables;
    this.#lied = lied;
  }

  violated(what: string): void {
    if (!this.violations.includes(what)) this.violations.push(what);
  }

  reached(goal: string): void {
    this.goals.set(goal, (this.goals.get(goal) ?? 0) + 1);
  }

  /** A byte of a send is about to leave. `now`: the database's clock; null when that cannot be relied on. */
  onWrite(reference: string, send: number, body: string, now: number | null): void {
    const attempt = this.#tables.byReference.get(reference);
    if (attempt === undefined) return this.violated("W1: sent under a reference that no attempt has");
    const intent = this.#tables.sends
      .get(payoutKey(attempt))
      ?.find((one) => one.attempt === attempt.attempt && one.send === send);
    if (intent === undefined) return this.violated("W1: sent without an intent of its own");
    if (now !== null && now > intent.deadlineAt) this.violated("W2: sent after the deadline");
    const { send: _, ...rest } = JSON.parse(body) as { send: number };
    const words = JSON.stringify(rest);
    const earlier = this.#bodies.get(reference);
    if (earlier !== undefined && earlier !== words) this.violated("W3: one reference, two instructions");
    this.#bodies.set(reference, words);
  }
  readonly #bodies = new Map<string, string>();

  /** Money has left a bank. */
  onPaid(transfer: Transfer): void {
    const attempt = this.#tables.byReference.get(transfer.reference);
    if (attempt === undefined) return this.violated("I04: a transfer that nobody ordered");
    const key = payoutKey(attempt);
    const payout = this.#tables.payouts.get(key);
    if (payout === undefined) return this.violated("I04: a transfer of no payout");
    if (Number(attempt.amountMinor) !== transfer.amountMinor || payout.currency !== transfer.currency)
      this.violated("I02: another amount moved than was ordered");
    const all = [...(this.#paid.get(key) ?? []), transfer];
    this.#paid.set(key, all);
    if (all.length > 1 && !this.#lied(key)) this.violated("I01: DOUBLE PAYMENT");
    if (payout.state === "cancelled") this.violated("I32: a cancelled payout was paid");
  }

  paidTransfers(key: string): readonly Transfer[] {
    return this.#paid.get(key) ?? [];
  }

  onCommit({ accounts, payouts }: Committed): void {
    for (const { merchantId, currency } of accounts) this.#lookAtAccount(keyOf(merchantId, currency));
    for (const { merchantId, id } of payouts) this.#lookAtPayout(keyOf(merchantId, id));
  }

  #lookAtAccount(key: string): void {
    const account = this.#tables.accounts.get(key)!;
    const { balances, merchantId, currency, floorMinor } = account;
    const { available, held, paid_out, funding } = balances;
    if (available + held + paid_out + funding !== 0n) this.violated("L2: the balances do not sum to zero");
    if (held < 0n || paid_out < 0n) this.violated("I11: less than nothing is held or paid out");
    if (floorMinor !== null && available < floorMinor) this.violated("I11: available is below its floor");
    const sums: Record<AccountRole, bigint> = { available: 0n, held: 0n, paid_out: 0n, funding: 0n };
    for (const entry of [...this.#tables.entries.values()].flat()) {
      if (entry.merchantId !== merchantId || entry.currency !== currency) continue;
      const { from, to } = entryAccounts[entry.kind];
      sums[from] -= entry.amountMinor;
      sums[to] += entry.amountMinor;
    }
    if ((Object.keys(sums) as AccountRole[]).some((role) => sums[role] !== balances[role]))
      this.violated("I12: a balance is not the sum of its entries");
    let open = 0n;
    for (const payout of this.#tables.payouts.values())
      if (payout.merchantId === merchantId && payout.currency === currency && holding.has(payout.state))
        open += payout.amountMinor;
    if (open !== held) this.violated("I13: what is held is not what payouts under way hold");
  }

  #lookAtPayout(key: string): void {
    const tables = this.#tables;
    const payout = tables.payouts.get(key)!;
    const before = this.#before.get(key);
    this.#before.set(key, payout);
    const events = tables.events.get(key) ?? [];
    const entries = tables.entries.get(key) ?? [];
    const answers = tables.answers.get(key) ?? [];
    const sends = (tables.sends.get(key) ?? []).filter(({ attempt }) => attempt === payout.attempt);
    const has = (kind: string) => entries.filter((entry) => entry.kind === kind).length;

    for (const [at, { kind, state }] of events.slice(before?.version ?? 0).entries()) {
      const from = events[(before?.version ?? 0) + at - 1]?.state ?? "new";
      const beside = kind === "contradicted" || kind === "parked" || kind === "unfrozen";
      if (beside ? from !== state : !lawful[from].includes(state)) this.violated(`I16: from ${from} to ${state}`);
    }
    if (events.some(({ version }, at) => version !== at + 1) || events.length !== payout.version)
      this.violated("I17: a gap in the events");
    if (events.at(-1)?.state !== payout.state) this.violated("I18: the last event tells another state");
    const settled = payout.state === "paid" || payout.state === "returned";
    if (has("settle") !== (settled ? 1 : 0)) this.violated("I15: settled otherwise than paid");
    if (has("give_back") !== (payout.state === "returned" ? 1 : 0))
      this.violated("I15: given back otherwise than returned");
    if (has("hold") - has("release") - has("settle") !== (holding.has(payout.state) ? 1 : 0))
      this.violated("I14: a hold that did not end once");
    const ofAttempt = answers.filter(({ attempt }) => attempt === payout.attempt);
    const says = (...verdicts: string[]) =>
      ofAttempt.some(({ verdict, source }) => verdicts.includes(verdict) && source !== "callback");
    if (settled && !says("paid", "returned")) this.violated("I05: paid without evidence");
    if (payout.state === "failed" && sends.length > 0 && !says("declined", "never_received"))
      this.violated("I06: failed without proof");
    if (payout.state === "cancelled" && sends.length > 0) this.violated("I32: cancelled after it was sent");
    if (sends.some(({ send }, at) => send !== at + 1) || sends.length !== payout.send)
      this.violated("I23: a gap in the sends");
    if (new Set(sends.map(({ bodyHash }) => bodyHash)).size > 1) this.violated("I24: one reference, two instructions");
    const looked = payout.nextAt !== null;
    if (holding.has(payout.state) ? !looked && !payout.frozen : looked)
      this.violated("I21: under way without a next look");
    this.#goals(before, payout, answers.at(-1)?.verdict);
  }

  #goals(before: Payout | undefined, payout: Payout, verdict: string | undefined): void {
    const from = before?.state;
    if (from === "in_doubt" && payout.state === "paid") this.reached("late success");
    if (from === "in_doubt" && payout.state === "failed" && verdict === "declined") this.reached("late decline");
    if (from === "in_doubt" && payout.state === "sent") this.reached("resend after never received");
    if (from === "in_doubt" && payout.state === "failed" && verdict === "never_received")
      this.reached("failed, never received");
    if (payout.state === "returned" && from !== "returned") this.reached("return");
    if (payout.contradictedBy.length > (before?.contradictedBy.length ?? 0)) this.reached("contradiction");
    if (payout.frozen && before?.frozen !== true) {
      const kind = this.#tables.incidents.get(keyOf(payout.merchantId, payout.id))?.at(-1)?.kind;
      if (kind !== "contradiction") this.reached(`parked: ${kind}`);
    }
    if (verdict === "unsent" && payout.state === "queued") this.reached("did not leave, and queued again");
    if (payout.attempt > (before?.attempt ?? 1)) this.reached("new attempt");
    if (payout.state === "in_doubt" && from !== "in_doubt") this.reached("in doubt");
    if (from === "queued" && payout.state === "awaiting_approval") this.reached("approval taken back");
    if (payout.state === "cancelled") this.reached("cancelled");
    if (payout.state === "accepted" && from !== "accepted") this.reached("accepted, paid later");
    if (payout.state === "failed" && payout.send === 0) this.reached("too little money");
  }
}
