import type { Commit } from "../engine/commit.ts";
import type { Accepted, PayoutRequest } from "../flow/request.ts";
import type { Answer, Incident } from "../core/attempt.ts";
import type { Account } from "../core/ledger.ts";
import type { Funding } from "../core/command.ts";
import type { CardSession, Customer, Merchant, Method, Token, VaultItem } from "../core/parties.ts";
import type { PayoutEventKind } from "../core/payout.ts";
import type { Refusal } from "../core/refusal.ts";
import type { Story } from "../core/story.ts";
import type { NewAccount, NewCard } from "../vault/cards.ts";
import type { CustomerFilter, CustomerSearch, FindFilter, MethodFilter, Page, PayoutFilter } from "../store/filters.ts";

/** A request as a dialect sees it, whatever framework brought it. */
export interface Asked {
  readonly method: string;
  /** Path without query, still percent-encoded. */
  readonly path: string;
  /** Path and query as they came, before anything was made of them, for signatures. */
  readonly target: string;
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** The strictly read JSON body; undefined when there was none. */
  readonly body: unknown;
  /** The body as it came, for signatures. */
  readonly rawBody: Buffer;
  readonly requestId: string;
  /** Wall clock, milliseconds since 1970. */
  readonly now: number;
}

export interface Told {
  readonly status: number;
  /** Undefined: an empty body. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What dialects may use. Everything outside them is behind one of these. */
export interface Services {
  /** Takes a payout on, and waits for its outcome as long as a caller can be expected to. `waits`: it is known not to leave at once. */
  accept(request: Omit<PayoutRequest, "permits">, waits?: boolean): Promise<Accepted | Refusal>;
  readonly commit: Commit;
  readonly reader: Reader;
  readonly ids: Ids;
  /** Puts a card number into its sealed form. The number is clean (digits) and passed its checks. */
  sealCard(card: NewCard): Promise<Omit<VaultItem, "at">>;
  /** The same for a bank account that passed its checks. */
  sealAccount(account: NewAccount): Promise<Omit<VaultItem, "at">>;
}

/** Where ids come from: an argument of the core, so that a simulation can give its own. */
export interface Ids {
  /** A new row id: a number as text, growing with time. */
  row(): string;
  /** 32 lowercase hexadecimal digits by chance. */
  hex(): string;
}

/** The reading side: each call is one snapshot, as one merchant. */
export interface Reader {
  merchant(merchantId: string): Promise<Merchant | undefined>;
  story(merchantId: string, payoutId: string): Promise<Story | undefined>;
  storyOf(merchantId: string, handle: string): Promise<Story | undefined>;
  /** When that last happened to a payout, in milliseconds since 1970. */
  lastTime(merchantId: string, payoutId: string, kind: PayoutEventKind): Promise<number | undefined>;
  payouts(merchantId: string, filter: PayoutFilter): Promise<Page<Story>>;
  /** Payouts by the merchant's references, and how many there are in all. */
  find(merchantId: string, filter: FindFilter): Promise<{ readonly stories: readonly Story[]; readonly total: number }>;
  /** All answers about one attempt, oldest first. */
  answers(merchantId: string, payoutId: string, attempt: number): Promise<readonly Answer[]>;
  customer(merchantId: string, handle: string): Promise<Customer | undefined>;
  /** Those that have not been deleted. */
  customers(merchantId: string, filter: CustomerFilter): Promise<Page<Customer>>;
  searchCustomers(
    merchantId: string,
    search: CustomerSearch,
  ): Promise<{ readonly rows: readonly Customer[]; readonly total: number }>;
  method(merchantId: string, id: string): Promise<Method | undefined>;
  token(merchantId: string, id: string): Promise<Token | undefined>;
  session(merchantId: string, id: string): Promise<CardSession | undefined>;
  /** The card that was kept as a token of the Worldline API, by its fingerprint, while it can be paid. */
  keptCard(merchantId: string, fingerprint: string): Promise<Method | undefined>;
  methods(merchantId: string, filter: MethodFilter): Promise<Page<Method>>;
  /** What one of `source` is worth in `target`, as decimal text. */
  rate(merchantId: string, source: string, target: string): Promise<string | undefined>;
  accounts(merchantId: string): Promise<readonly Account[]>;
  funding(merchantId: string, reference: string): Promise<Funding | undefined>;
  incidents(merchantId: string): Promise<readonly (Incident & { readonly handle: string })[]>;
}
