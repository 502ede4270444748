import type { Answer, Attempt, Incident, Send } from "./attempt.ts";
import type { Account, Entry } from "./ledger.ts";
import type { CustomerEvent } from "./notice.ts";
import type { CardSession, Customer, Erasure, Merchant, Method, Token, VaultItem } from "./parties.ts";
import type { Payout, PayoutHistory } from "./payout.ts";
import type { Refusal } from "./refusal.ts";

/** Names are what makes the same request twice one thing: whoever writes a name first has it, for good. */
export type NameKind = "payout" | "idempotence" | "funding" | "customer" | "debtor";
export interface NameClaim {
  readonly kind: NameKind;
  readonly name: string;
  /** What the name shall stand for, if it is new: the id of a payout or funding. */
  readonly id: string;
}

/**
 * A request to change something: what it names, and how it decides. The committer locks what is named, shows it to
 * `decide`, and writes what comes back, together with whatever else waited, in one transaction.
 */
export interface Command<A extends object = object> {
  /** For logs and metrics. */
  readonly kind: string;
  readonly merchantId: string;
  /** What was taken on already goes before new requests, and is never refused: answers of banks, and what is due. */
  readonly urgent: boolean;
  readonly names?: readonly NameClaim[];
  readonly payouts?: readonly string[];
  readonly methods?: readonly string[];
  readonly tokens?: readonly string[];
  readonly customers?: readonly string[];
  /** Of these customers it sees the payment methods too, and whether a payout is under way. */
  readonly belongings?: readonly string[];
  readonly sessions?: readonly string[];
  /** The account that may be touched, beside those of the payouts it names. */
  readonly currency?: string;
  /** Counters it may take the next number of. */
  readonly counters?: readonly CounterName[];
  /** Pure: the same view gives the same decision. Returns what to write, or a refusal that writes nothing. */
  decide(view: View): Decision<A> | Refusal;
}
export type CounterName = "customer" | "order";

/** What a decider sees: rows that its command named and the batch locked, as the commands before it left them. */
export interface View {
  /** The database's clock at the start of the batch. */
  readonly now: number;
  readonly merchant: Merchant;
  /** The id that an existing name stands for; undefined when this command's claim is what wrote it. */
  named(kind: NameKind, name: string): string | undefined;
  payout(id: string): Payout | undefined;
  /** The latest attempt of a payout. */
  attempt(payoutId: string): Attempt | undefined;
  method(id: string): Method | undefined;
  token(id: string): Token | undefined;
  customer(handle: string): Customer | undefined;
  /** All payment methods of a customer whose belongings were asked for. */
  methodsOf(customer: string): readonly Method[];
  /** Whether a payout of such a customer is not over. */
  underWay(customer: string): boolean;
  session(id: string): CardSession | undefined;
  account(currency: string): Account;
  /** The next number of a counter; each call takes one, and a refusal gives it back. */
  next(counter: CounterName): number;
}

export interface Decision<A extends object> {
  readonly answer: A;
  readonly changes: Changes;
}

/** Rows to write. Payouts, methods, tokens and customers are written as they are now, whether new or known. */
export interface Changes {
  /** Names that came to be while deciding (a numbered payout's): nobody else can have them. */
  readonly names?: readonly (NameClaim & { readonly merchantId: string })[];
  /** Names that stand for nothing any more, and may be given to somebody else. */
  readonly freedNames?: readonly FreedName[];
  readonly payouts?: readonly Payout[];
  readonly references?: readonly PayoutReferences[];
  readonly attempts?: readonly Attempt[];
  readonly sends?: readonly Send[];
  readonly answers?: readonly Answer[];
  readonly entries?: readonly Entry[];
  readonly events?: readonly PayoutHistory[];
  readonly customerEvents?: readonly CustomerEvent[];
  readonly incidents?: readonly Incident[];
  readonly resolvedIncidents?: readonly Resolution[];
  readonly vault?: readonly VaultItem[];
  readonly tokens?: readonly Token[];
  readonly methods?: readonly Method[];
  readonly customers?: readonly Customer[];
  readonly sessions?: readonly CardSession[];
  readonly erasures?: readonly Erasure[];
  readonly floors?: readonly { currency: string; floorMinor: bigint | null }[];
  readonly fundings?: readonly Funding[];
}

export type FreedName = Omit<NameClaim, "id"> & { readonly merchantId: string };

/** What a merchant calls a payout by, beside its handle. */
export interface PayoutReferences {
  readonly merchantId: string;
  readonly payoutId: string;
  readonly merchantReference: string | null;
  readonly merchantOrderId: number | null;
  readonly invoiceNumber: string | null;
}

/** An operator's word that an incident is over. */
export interface Resolution {
  readonly merchantId: string;
  readonly payoutId: string;
  readonly by: string;
  readonly reason: string;
  readonly at: number;
}

/** Money put in (or, negative, taken out) by the operator, once per reference. */
export interface Funding {
  readonly merchantId: string;
  readonly id: string;
  readonly reference: string;
  readonly currency: string;
  readonly amountMinor: bigint;
  readonly at: number;
}
