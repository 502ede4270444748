import { assert } from "../core/assert.ts";
import type { Attempt } from "../core/attempt.ts";
import type { Changes, Command, CounterName, Decision, NameClaim, View } from "../core/command.ts";
import { emptyAccount, post, type Account } from "../core/ledger.ts";
import { customerNoticesOf, noticesOf, type Notice } from "../core/notice.ts";
import type { CardSession, Customer, Merchant, Method, Token } from "../core/parties.ts";
import { isUnderWay, type Payout } from "../core/payout.ts";
import { isRefusal, type Refusal } from "../core/refusal.ts";
import type { Names } from "./names.ts";

/** A key of several parts as one string. Parts are ids, kinds and names; a unit separator cannot stand in any of them. */
export const keyOf = (first: string, ...more: readonly string[]): string =>
  more.length === 1 ? `${first}\u001f${more[0]}` : [first, ...more].join("\u001f");

/** Rows of one kind: as they were read, and as the batch leaves them. */
class Rows<R> {
  readonly #keyOf: (row: R) => string;
  readonly #known = new Set<string>();
  readonly #now = new Map<string, R>();
  readonly #written = new Set<string>();
  constructor(key: (row: R) => string) {
    this.#keyOf = key;
  }
  load(row: R): void {
    const key = this.#keyOf(row);
    this.#known.add(key);
    this.#now.set(key, row);
  }
  get(key: string): R | undefined {
    return this.#now.get(key);
  }
  values(): Iterable<R> {
    return this.#now.values();
  }
  put(row: R): void {
    const key = this.#keyOf(row);
    this.#now.set(key, row);
    this.#written.add(key);
  }
  /** Each row that was written, as the last command left it. */
  *written(): Iterable<R> {
    for (const key of this.#written) yield this.#now.get(key)!;
  }
  /** Rows to insert, and rows to update: each once, as the last command left it. */
  changed(): { added: R[]; updated: R[] } {
    const added: R[] = [];
    const updated: R[] = [];
    for (const key of this.#written) {
      const row = this.#now.get(key);
      assert(row !== undefined, `row ${key} was written`);
      (this.#known.has(key) ? updated : added).push(row);
    }
    return { added, updated };
  }
}

type Appended = Required<
  Pick<
    Changes,
    | "names"
    | "references"
    | "attempts"
    | "sends"
    | "answers"
    | "entries"
    | "events"
    | "customerEvents"
    | "incidents"
    | "resolvedIncidents"
    | "vault"
    | "fundings"
    | "freedNames"
    | "erasures"
  >
>;

export interface FreshName extends NameClaim {
  readonly merchantId: string;
  /** The id it was inserted with: that of the first command that claimed it. */
  readonly insertedId: string;
  readonly taken: boolean;
}

/** What a batch works on: the locked rows, changed by one decision after another, so each command sees the ones before it. */
export class WorkingCopy {
  readonly now: number;
  readonly payouts = new Rows<Payout>((p) => keyOf(p.merchantId, p.id));
  readonly latestAttempts = new Map<string, Attempt>();
  readonly tokens = new Rows<Token>((t) => keyOf(t.merchantId, t.id));
  readonly methods = new Rows<Method>((m) => keyOf(m.merchantId, m.id));
  readonly customers = new Rows<Customer>((c) => keyOf(c.merchantId, c.handle));
  readonly sessions = new Rows<CardSession>((s) => keyOf(s.merchantId, s.id));
  /** Ids of the payouts under way of customers whose belongings are wanted, by customer. */
  readonly payoutsUnderWay = new Map<string, readonly string[]>();
  readonly accounts = new Rows<Account>((a) => keyOf(a.merchantId, a.currency));
  readonly counters = new Rows<{ merchantId: string; counter: string; value: number }>((c) =>
    keyOf(c.merchantId, c.counter),
  );
  readonly merchants = new Map<string, Merchant>();
  readonly knownNames = new Map<string, string>();
  /** Names that this batch wrote. One that no command takes, because they were all refused, is given back. */
  readonly freshNames = new Map<string, FreshName>();
  readonly appended: { [K in keyof Appended]: Appended[K][number][] } = {
    names: [],
    references: [],
    attempts: [],
    sends: [],
    answers: [],
    entries: [],
    events: [],
    customerEvents: [],
    incidents: [],
    resolvedIncidents: [],
    vault: [],
    fundings: [],
    freedNames: [],
    erasures: [],
  };

  constructor(now: number, { fresh, known }: Names) {
    this.now = now;
    for (const claim of fresh) {
      this.freshNames.set(keyOf(claim.merchantId, claim.kind, claim.name), {
        ...claim,
        insertedId: claim.id,
        taken: false,
      });
    }
    for (const name of known) this.knownNames.set(keyOf(name.merchantId, name.kind, name.name), name.id);
  }

  /** Lets one command decide, and takes over what it decided: all of it, or, when it refuses or throws, nothing. */
  decide<A extends object>(command: Command<A>): A | Refusal {
    const counted = new Map<CounterName, number>();
    const decision = command.decide(this.#view(command, counted));
    if (isRefusal(decision)) return decision;
    this.#apply(command, decision, counted);
    return decision.answer;
  }

  /** What is to be told of all that was decided, in the order in which it happened. */
  notices(): readonly Notice[] {
    const subscriptions = (merchantId: string) => this.merchants.get(merchantId)?.subscriptions ?? [];
    const { customerEvents, events } = this.appended;
    return [
      ...customerEvents.flatMap((event) => customerNoticesOf(event, subscriptions(event.merchantId))),
      ...events.flatMap((event) => {
        const told = subscriptions(event.merchantId);
        if (told.length === 0) return [];
        return noticesOf(event, this.payouts.get(keyOf(event.merchantId, event.payoutId))!.customer, told);
      }),
    ];
  }

  #view({ merchantId }: Command, counted: Map<CounterName, number>): View {
    const merchant = this.merchants.get(merchantId);
    assert(merchant !== undefined, `merchant ${merchantId} exists`);
    return {
      now: this.now,
      merchant,
      named: (kind, name) => {
        const key = keyOf(merchantId, kind, name);
        const fresh = this.freshNames.get(key);
        return fresh?.taken === true ? fresh.id : this.knownNames.get(key);
      },
      payout: (id) => this.payouts.get(keyOf(merchantId, id)),
      attempt: (id) => this.latestAttempts.get(keyOf(merchantId, id)),
      method: (id) => this.methods.get(keyOf(merchantId, id)),
      token: (id) => this.tokens.get(keyOf(merchantId, id)),
      customer: (handle) => this.customers.get(keyOf(merchantId, handle)),
      methodsOf: (customer) =>
        [...this.methods.values()].filter((m) => m.merchantId === merchantId && m.customer === customer),
      underWay: (customer) => this.#underWay(merchantId, customer),
      session: (id) => this.sessions.get(keyOf(merchantId, id)),
      account: (currency) => this.accounts.get(keyOf(merchantId, currency)) ?? emptyAccount(merchantId, currency),
      next: (counter) => {
        const value = (counted.get(counter) ?? this.counters.get(keyOf(merchantId, counter))?.value ?? 0) + 1;
        counted.set(counter, value);
        return value;
      },
    };
  }

  /** As the commands before this one left them; and those that the batch did not lock, as they are committed. */
  #underWay(merchantId: string, customer: string): boolean {
    const committed = this.payoutsUnderWay.get(keyOf(merchantId, customer));
    assert(committed !== undefined, `the belongings of ${customer} were read`);
    const here = [...this.payouts.values()].filter((p) => p.merchantId === merchantId && p.customer === customer);
    return here.some(isUnderWay) || committed.some((id) => this.payouts.get(keyOf(merchantId, id)) === undefined);
  }

  #apply(command: Command, { changes }: Decision<object>, counted: ReadonlyMap<CounterName, number>): void {
    const { merchantId } = command;
    const accounts = new Map<string, Account>(); // first all that can still fail, so that a broken promise leaves nothing
    const account = (currency: string) =>
      accounts.get(currency) ?? this.accounts.get(keyOf(merchantId, currency)) ?? emptyAccount(merchantId, currency);
    for (const { currency, floorMinor } of changes.floors ?? [])
      accounts.set(currency, { ...account(currency), floorMinor });
    for (const entry of changes.entries ?? []) accounts.set(entry.currency, post(account(entry.currency), entry));
    const foreign = [
      changes.payouts,
      changes.tokens,
      changes.methods,
      changes.customers,
      changes.sessions,
      changes.freedNames,
      changes.erasures,
      changes.vault,
      changes.entries,
    ];
    assert(
      foreign.every((rows) => (rows ?? []).every((row) => row.merchantId === merchantId)),
      "a command writes its merchant's rows",
    );

    for (const claim of command.names ?? []) {
      const key = keyOf(merchantId, claim.kind, claim.name);
      const fresh = this.freshNames.get(key);
      if (fresh !== undefined && !fresh.taken) this.freshNames.set(key, { ...fresh, id: claim.id, taken: true });
    }
    for (const row of accounts.values()) this.accounts.put(row);
    for (const row of changes.payouts ?? []) this.payouts.put(row);
    for (const row of changes.tokens ?? []) this.tokens.put(row);
    for (const row of changes.methods ?? []) this.methods.put(row);
    for (const row of changes.customers ?? []) this.customers.put(row);
    for (const row of changes.sessions ?? []) this.sessions.put(row);
    for (const [counter, value] of counted) this.counters.put({ merchantId, counter, value });
    for (const row of changes.attempts ?? []) this.latestAttempts.set(keyOf(merchantId, row.payoutId), row);
    for (const kind of Object.keys(changes) as (keyof Changes)[]) {
      if (kind in this.appended)
        (this.appended[kind as keyof Appended] as object[]).push(...(changes[kind] as object[]));
    }
  }
}
