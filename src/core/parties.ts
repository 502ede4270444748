import type { Subscription } from "./notice.ts";

/** What the vault tells about a card or account without being opened. */
export interface VaultFacts {
  readonly vaultId: string;
  readonly kind: "card" | "iban" | "bban";
  /** First six and last four digits of a card; country and last four of an account. */
  readonly masked: string;
  /** `cst_…`: the same for the same number, and no way back to it. */
  readonly fingerprint: string;
  readonly brand: string;
  readonly expMonth: number | null;
  readonly expYear: number | null;
  /** A test card whose amounts decide its outcomes (CVV 888). */
  readonly amountTable: boolean;
}

/** A card or account at rest: the sealed text can only be opened with a master key and its own place. */
export interface VaultItem extends VaultFacts {
  readonly merchantId: string;
  readonly sealed: string;
  readonly at: number;
}

/** A card or account that cannot be opened, now or at the next try: it was altered, or its key is not there. */
export class Unopenable extends Error {
  override name = "Unopenable";
}

/** What adding a card comes to at the test gateway, as its CVV orders; the CVV itself is kept nowhere. */
export type AddingFault =
  | "credit_card_expired"
  | "declined_by_acquirer"
  | "insufficient_funds"
  | "acquirer_error"
  | "acquirer_communication_error";

/** A one-time card token. */
export interface Token {
  readonly merchantId: string;
  readonly id: string;
  readonly vault: VaultItem;
  readonly expiresAt: number;
  readonly usedAt: number | null;
  /** Why the card behind it cannot be saved; null: it can. Only cards of test merchants have one. */
  readonly addingFault: AddingFault | null;
  readonly at: number;
}

export type MethodState = "active" | "inactivated" | "failed" | "pending" | "deleted";

/** A saved payment method of a customer. */
export interface Method {
  readonly merchantId: string;
  readonly id: string;
  readonly customer: string;
  readonly state: MethodState;
  readonly reference: string | null;
  readonly vault: VaultItem;
  readonly at: number;
  readonly failedAt: number | null;
}

/** What a merchant keeps of a customer; every field but the handle is the merchant's choice. */
export const customerFields = [
  "email",
  "first_name",
  "last_name",
  "company",
  "vat",
  "address",
  "address2",
  "city",
  "postal_code",
  "country",
  "phone",
  "language",
  "invoice_email",
  "dunning_email",
] as const;
export type CustomerField = (typeof customerFields)[number];

export interface Customer {
  readonly merchantId: string;
  readonly handle: string;
  readonly details: Readonly<Partial<Record<CustomerField, string>>>;
  /** The merchant's own map, as JSON text. */
  readonly metadata: string | null;
  readonly debtorId: string | null;
  readonly createdAt: number;
  readonly deletedAt: number | null;
}

/** A page on which one person may enter one card, for a customer of the merchant. */
export interface CardSession {
  readonly merchantId: string;
  /** `cs_…`: whoever knows it may enter the card. */
  readonly id: string;
  readonly customer: string;
  /** Where the person goes when the card is saved, and instead of saving one; null: the page says it all. */
  readonly acceptUrl: string | null;
  readonly cancelUrl: string | null;
  /** The reference that the payment method gets. */
  readonly reference: string;
  /** The payment method that came of it; null: none yet. */
  readonly methodId: string | null;
  /** Cards that were declined on it. */
  readonly declines: number;
  readonly expiresAt: number;
  readonly at: number;
}

/** An operator's word that a customer's personal data was to be destroyed. */
export interface Erasure {
  readonly merchantId: string;
  readonly customer: string;
  readonly by: string;
  readonly reason: string;
  readonly at: number;
}

/** A contract that lets a merchant pay out: over which rail, to which brands, in which currencies (empty: all). */
export interface Agreement {
  readonly id: string;
  readonly rail: string;
  readonly brands: readonly string[];
  readonly currencies: readonly string[];
  readonly payout: boolean;
}

export interface Merchant {
  readonly id: string;
  readonly handle: string;
  readonly name: string;
  readonly currency: string;
  readonly country: string;
  readonly timezone: string;
  readonly test: boolean;
  readonly worldlineMerchantId: string;
  /** The first characters of all its wire references: by them a bank's callback finds the merchant. */
  readonly referencePrefix: string;
  /** Whether a payout asked for in that dialect waits for approval. */
  readonly approval: { readonly frisbii: boolean; readonly worldline: boolean };
  readonly agreements: readonly Agreement[];
  /** Who is told of what happens. */
  readonly subscriptions: readonly Subscription[];
  readonly createdAt: number;
}
