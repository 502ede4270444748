import { toWire } from "../../core/money.ts";
import type { Account } from "../../core/ledger.ts";
import type { Merchant } from "../../core/parties.ts";
import type { KeyInfo } from "../../store/new-key.ts";

/** An instant as this API writes it: `2026-01-31T12:00:00.000Z`. */
export const instantText = (at: number): string => new Date(at).toISOString();
export const instantOrNull = (at: number | null): string | null => (at === null ? null : instantText(at));

export const showMerchant = (merchant: Merchant) => ({
  id: merchant.id,
  handle: merchant.handle,
  name: merchant.name,
  currency: merchant.currency,
  country: merchant.country,
  timezone: merchant.timezone,
  test: merchant.test,
  worldline_merchant_id: merchant.worldlineMerchantId,
  reference_prefix: merchant.referencePrefix,
  approval: merchant.approval,
  agreements: merchant.agreements,
  created_at: instantText(merchant.createdAt),
});

export const showAccount = ({ currency, balances, floorMinor }: Account) => ({
  currency,
  available_minor: toWire(balances.available),
  held_minor: toWire(balances.held),
  paid_out_minor: toWire(balances.paid_out),
  funding_minor: toWire(balances.funding),
  floor_minor: floorMinor === null ? null : toWire(floorMinor),
});

export const showKey = (key: KeyInfo) => ({
  id: key.id,
  kind: key.kind,
  label: key.label,
  masked: key.masked,
  created_at: instantText(key.createdAt),
  revoked_at: instantOrNull(key.revokedAt),
});
