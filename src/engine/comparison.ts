import type pg from "pg";
import type { Listed, Rail } from "../rails/rail.ts";
import type { BankTransfer } from "../store/forgotten.ts";
import { lookUp, prefixOf, type KnownAttempt } from "../store/known-attempts.ts";

/** What a bank's own list says, held against this database. */
export interface Comparison {
  readonly rail: string;
  /** Transfers that the bank listed, and those among them whose prefix is no merchant's here. */
  readonly listed: number;
  readonly foreign: number;
  /** Ours by their prefix, but no attempt stands for them; `kept`: that is known already. */
  readonly unknown: readonly Unknown[];
  /** Attempts that are not as far as their bank is. */
  readonly behind: readonly Behind[];
}
export type Unknown = BankTransfer & { readonly merchantId: string; readonly kept: boolean };
export interface Behind {
  readonly transfer: BankTransfer;
  readonly attempt: KnownAttempt;
}

/** Transfers that the bank cannot have without our having sent them, and of which the database knows no send: it was restored. */
export const proofsIn = ({ unknown, behind }: Comparison): BankTransfer[] => [
  ...unknown.filter(({ kept }) => !kept),
  ...behind.filter(({ attempt }) => isUnsent(attempt)).map(({ transfer }) => transfer),
];

/** Whether nothing of the attempt has left, as far as is known here, and nobody has looked into it. */
export const isUnsent = ({ sends, state, over, frozen }: KnownAttempt): boolean =>
  !frozen && (sends === 0 || (state === "queued" && !over));

/** Asks a rail for all that it has done since then. Rejects when the bank does not answer. */
export async function compare(pool: pg.Pool, rail: Rail, since: number): Promise<Comparison> {
  const latest = new Map<string, Listed>();
  for await (const page of rail.listSince?.(since) ?? []) for (const one of page) latest.set(one.reference, one);
  const name = rail.rules.name;
  return compareWith(
    pool,
    name,
    [...latest.values()].map((one) => ({ ...one, rail: name })),
  );
}

/** The same with transfers that are known already. Whatever the bank was sent was committed before, so it is looked up after. */
export async function compareWith(
  pool: pg.Pool,
  rail: string,
  transfers: readonly BankTransfer[],
): Promise<Comparison> {
  const unknown: Unknown[] = [];
  const behind: Behind[] = [];
  let foreign = 0;
  for (let first = 0; first < transfers.length; first += 1_000) {
    const page = transfers.slice(first, first + 1_000);
    const { attempts, merchants, kept } = await lookUp(
      pool,
      page.map(({ reference }) => reference),
    );
    for (const transfer of page) {
      const attempt = attempts.get(transfer.reference);
      const merchantId = merchants.get(prefixOf(transfer.reference));
      if (attempt !== undefined && isBehind(transfer, attempt)) behind.push({ transfer, attempt });
      if (attempt !== undefined) continue;
      if (merchantId === undefined) foreign += 1;
      else unknown.push({ ...transfer, merchantId, kept: kept.has(transfer.reference) });
    }
  }
  return { rail, listed: transfers.length, foreign, unknown, behind };
}

/** Whether the bank has come further with an attempt than we have. */
function isBehind({ status }: BankTransfer, { state, over, sends }: KnownAttempt): boolean {
  const isClosed = state === "failed" || state === "cancelled";
  if (sends === 0 && status === "declined" && isClosed) return false;
  if (sends === 0 && state !== "paid" && state !== "returned") return true; // an operator may have found it paid
  if (over) return status !== "declined"; // it failed, and was followed by another
  switch (status) {
    case "paid":
      return state !== "paid" && state !== "returned";
    case "returned":
      return state !== "returned";
    case "declined":
      return state !== "failed";
    case "accepted":
      return state === "queued" || state === "awaiting_approval";
  }
}
