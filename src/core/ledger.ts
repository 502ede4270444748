import { assert } from "./assert.ts";

/**
 * The accounts of one merchant in one currency. Their balances always sum to zero:
 * money that came in (`funding`, negative) is available, held for payouts under way, or paid out.
 */
export const accountRoles = ["available", "held", "paid_out", "funding"] as const;
export type AccountRole = (typeof accountRoles)[number];

/** What an entry does; it fixes which two accounts the entry touches. */
export const entryAccounts = {
  fund: { from: "funding", to: "available" },
  withdraw: { from: "available", to: "funding" },
  hold: { from: "available", to: "held" },
  release: { from: "held", to: "available" },
  settle: { from: "held", to: "paid_out" },
  give_back: { from: "paid_out", to: "available" },
} as const satisfies Record<string, { from: AccountRole; to: AccountRole }>;
export type EntryKind = keyof typeof entryAccounts;

/** One line of the ledger: `amountMinor` (> 0) moves from one account to another, so an entry cannot be unbalanced. */
export interface Entry {
  readonly merchantId: string;
  /** The payout, or the funding, that the money moves for. */
  readonly subjectId: string;
  /** Which hold of the payout (1, 2, …); 0 for fundings. An entry is unique per subject, hold and kind. */
  readonly hold: number;
  readonly kind: EntryKind;
  readonly currency: string;
  readonly amountMinor: bigint;
}

/** Balances of one merchant in one currency, in minor units. */
export interface Account {
  readonly merchantId: string;
  readonly currency: string;
  readonly balances: Readonly<Record<AccountRole, bigint>>;
  /** Available may not fall below this; null: no floor. A new account has the floor 0 (prefunded). */
  readonly floorMinor: bigint | null;
}

export const emptyAccount = (merchantId: string, currency: string): Account => ({
  merchantId,
  currency,
  balances: { available: 0n, held: 0n, paid_out: 0n, funding: 0n },
  floorMinor: 0n,
});

/** Whether `amountMinor` can leave the available balance without crossing the floor. */
export const canSpend = (account: Account, amountMinor: bigint): boolean =>
  account.floorMinor === null || account.balances.available - amountMinor >= account.floorMinor;

/** The account after `entry`. Breaks its promise, rather than refusing, when a decider let too much through. */
export function post(account: Account, entry: Entry): Account {
  const { from, to } = entryAccounts[entry.kind];
  assert(entry.amountMinor > 0n, `entry ${entry.kind} of ${entry.subjectId} moves a positive amount`);
  assert(entry.currency === account.currency && entry.merchantId === account.merchantId, "entry meets its own account");
  const balances = {
    ...account.balances,
    [from]: account.balances[from] - entry.amountMinor,
    [to]: account.balances[to] + entry.amountMinor,
  };
  const crossed = account.floorMinor !== null && from === "available" && balances.available < account.floorMinor;
  assert(!crossed, `entry ${entry.kind} of ${entry.subjectId} would cross the floor`);
  assert(
    balances.held >= 0n && balances.paid_out >= 0n,
    `entry ${entry.kind} of ${entry.subjectId} takes what is there`,
  );
  return { ...account, balances };
}
