import type { Agreement, Merchant } from "../../core/parties.ts";

/** The agreements that pay out to cards of a brand, in the order in which payouts choose. `currency`: null for any. */
export const agreementsFor = (
  { agreements, test }: Merchant,
  brand: string,
  currency: string | null,
): readonly Agreement[] =>
  agreements.filter(
    ({ payout, rail, brands, currencies }) =>
      payout &&
      (rail !== "sandbox" || test) &&
      (brands.length === 0 || brands.includes(brand)) &&
      (currency === null || currencies.length === 0 || currencies.includes(currency)),
  );

/** The agreement that a payout to such a card would go by, as far as that can be said without an amount. */
export const agreementOf = (merchant: Merchant, brand: string): Agreement | undefined =>
  agreementsFor(merchant, brand, null)[0] ?? merchant.agreements[0];

/** The words for gateways are the vendor's acquirers; of these its own house is the nearest to a rail of one's own. */
export const gatewayOf = (agreement: Agreement | undefined): "test" | "reepay" =>
  agreement === undefined || agreement.rail === "sandbox" ? "test" : "reepay";
