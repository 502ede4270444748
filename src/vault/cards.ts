import type { KeyObject } from "node:crypto";
import { cardBrand } from "../cards/brand.ts";
import { maskedCard } from "../cards/number.ts";
import type { VaultItem } from "../core/parties.ts";
import type { Destination } from "../rails/rail.ts";
import { fingerprint } from "./fingerprint.ts";
import type { Vault } from "./vault.ts";

/** What a card is sealed with. */
export interface CardKeys {
  readonly vault: Vault;
  readonly fingerprintKey: KeyObject;
}

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
export async function sealCard({ vault, fingerprintKey }: CardKeys, card: NewCard): Promise<Omit<VaultItem, "at">> {
  const { merchantId, vaultId, number, expMonth, expYear, amountTable } = card;
  return {
    merchantId,
    vaultId,
    kind: "card",
    sealed: await vault.seal({ merchantId, rowId: vaultId, purpose: "card" }, number),
    fingerprint: fingerprint(fingerprintKey, number),
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
export async function sealAccount(
  { vault, fingerprintKey }: CardKeys,
  { merchantId, vaultId, account }: NewAccount,
): Promise<Omit<VaultItem, "at">> {
  const number = numberOf(account);
  return {
    merchantId,
    vaultId,
    kind: account.kind,
    sealed: await vault.seal({ merchantId, rowId: vaultId, purpose: account.kind }, JSON.stringify(account)),
    fingerprint: fingerprint(fingerprintKey, number),
    masked: `${number.slice(0, 2)}${"X".repeat(Math.max(0, number.length - 6))}${number.slice(-4)}`,
    brand: account.kind,
    expMonth: null,
    expYear: null,
    amountTable: false,
  };
}

/** The card or account itself, for the moment of sending it. Rejects with a SealFault when no key at hand opens it. */
export async function openDestination(vault: Vault, item: VaultItem): Promise<Destination> {
  const { merchantId, vaultId, kind, expMonth, expYear } = item;
  const plain = await vault.open({ merchantId, rowId: vaultId, purpose: kind }, item.sealed);
  if (kind === "card" && expMonth !== null && expYear !== null)
    return { kind: "card", number: plain, expMonth, expYear };
  return JSON.parse(plain) as Destination; // accounts are sealed as the JSON of their destination
}

/** What an opened destination is known by: the number that its fingerprint is made of. */
export const numberOf = (to: Destination): string =>
  to.kind === "card" ? to.number : to.kind === "iban" ? to.iban : `GB${to.sortCode}${to.accountNumber}`;
