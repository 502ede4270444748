import { cardBrand } from "../cards/brand.ts";
import { maskedCard } from "../cards/number.ts";
import type { VaultItem } from "../core/parties.ts";
import type { Destination } from "../rails/rail.ts";
import { fingerprint } from "./fingerprint.ts";
import type { KeyRing, Random } from "./keys.ts";
import { open, seal, sealContext } from "./seal.ts";

/** A card that is to be kept: its number is clean (digits), and passed its checks. */
export interface NewCard {
  readonly merchantId: string;
  readonly vaultId: string;
  readonly number: string;
  readonly expMonth: number;
  /** Four digits. */
  readonly expYear: number;
  readonly amountTable: boolean;
}

/** A card as it is kept: the number sealed to its own row, and beside it what may be shown. */
export function sealCard(ring: KeyRing, random: Random, card: NewCard): Omit<VaultItem, "at"> {
  const { merchantId, vaultId, number, expMonth, expYear, amountTable } = card;
  return {
    merchantId,
    vaultId,
    kind: "card",
    sealed: seal(ring, number, sealContext(merchantId, vaultId, "card"), random),
    fingerprint: fingerprint(ring, number),
    masked: maskedCard(number),
    brand: cardBrand(number),
    expMonth,
    expYear,
    amountTable,
  };
}

/** A bank account that is to be kept: it passed its checks. */
export interface NewAccount {
  readonly merchantId: string;
  readonly vaultId: string;
  readonly account: Exclude<Destination, { kind: "card" }>;
}

/** An account as it is kept: sealed whole, holder and all; beside it its country and its last four characters. */
export function sealAccount(
  ring: KeyRing,
  random: Random,
  { merchantId, vaultId, account }: NewAccount,
): Omit<VaultItem, "at"> {
  const number = account.kind === "iban" ? account.iban : `GB${account.sortCode}${account.accountNumber}`;
  return {
    merchantId,
    vaultId,
    kind: account.kind,
    sealed: seal(ring, JSON.stringify(account), sealContext(merchantId, vaultId, account.kind), random),
    fingerprint: fingerprint(ring, number),
    masked: `${number.slice(0, 2)}${"X".repeat(Math.max(0, number.length - 6))}${number.slice(-4)}`,
    brand: account.kind,
    expMonth: null,
    expYear: null,
    amountTable: false,
  };
}

/** The card or account itself, for the moment of sending it. Throws a SealFault when no key at hand opens it. */
export function openDestination(ring: KeyRing, item: VaultItem): Destination {
  const plain = open(ring, item.sealed, sealContext(item.merchantId, item.vaultId, item.kind));
  if (item.kind === "card" && item.expMonth !== null && item.expYear !== null) {
    return { kind: "card", number: plain, expMonth: item.expMonth, expYear: item.expYear };
  }
  return JSON.parse(plain) as Destination; // accounts are sealed as the JSON of their destination
}
