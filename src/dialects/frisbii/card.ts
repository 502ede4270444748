import type { Brand } from "../../cards/brand.ts";
import type { Method, VaultFacts } from "../../core/parties.ts";
import { timestamp, timestampOf } from "./timestamp.ts";

/** The card types that every client knows. `china_union_pay` came later, and clients made before it fail on the name. */
const cardTypes: Readonly<Record<Exclude<Brand, "china_union_pay">, true>> = {
  unknown: true,
  visa: true,
  mc: true,
  dankort: true,
  visa_dk: true,
  ffk: true,
  visa_elec: true,
  maestro: true,
  laser: true,
  amex: true,
  diners: true,
  discover: true,
  jcb: true,
};

/** What lists may be filtered by: the type that a card has, whether or not it is told. */
export const brands: readonly Brand[] = [...(Object.keys(cardTypes) as Brand[]), "china_union_pay"];

export const cardType = (brand: string): string => (Object.hasOwn(cardTypes, brand) ? brand : "unknown");

/** `MM-YY`. */
export const expDate = ({ expMonth, expYear }: VaultFacts): string | undefined =>
  expMonth === null || expYear === null
    ? undefined
    : `${String(expMonth).padStart(2, "0")}-${String(expYear % 100).padStart(2, "0")}`;

/** What a transaction, a card and a payment method all tell of the card; of an account, only that it is one; of a destroyed card, its type. */
export const cardFacts = (vault: VaultFacts) => ({
  card_type: cardType(vault.brand),
  fingerprint: vault.fingerprint,
  masked_card: vault.kind === "card" ? vault.masked || undefined : undefined,
  exp_date: vault.kind === "card" ? expDate(vault) : undefined,
});

/** What a card and a payment method both tell of whose it is, and how it stands. */
export const methodFacts = ({ id, state, customer, reference, at, failedAt }: Method) => ({
  id,
  state,
  customer,
  reference: reference ?? undefined,
  created: timestamp(at),
  failed: timestampOf(failedAt),
});

/** `Card`, in the form that payout transactions carry. `gw_ref` is where the number is kept: its place in the vault. */
export const tellCard = (method: Method) => ({
  ...methodFacts(method),
  gw_ref: method.vault.vaultId,
  transaction_card_type: cardType(method.vault.brand),
  ...cardFacts(method.vault),
});
