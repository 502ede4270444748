import type { Brand } from "../../cards/brand.ts";

/**
 * Payment products that are cards, with the brands whose numbers they can stand on. An empty list: any number, because the
 * scheme shares the ranges of others. Bank payouts have no product.
 *
 * Source: Worldline Connect, payment products.
 */
const products: Readonly<Record<number, readonly Brand[]>> = {
  1: ["visa", "visa_elec", "visa_dk"],
  2: ["amex"],
  3: ["mc", "maestro"],
  114: ["visa", "visa_elec", "visa_dk"], // Visa Debit
  117: ["maestro", "mc"],
  119: ["mc", "maestro"], // Mastercard Debit
  122: ["visa_elec", "visa"],
  125: ["jcb"],
  128: ["discover", "diners"],
  130: [], // Cartes Bancaires, on Visa and Mastercard numbers
  132: ["diners", "discover"],
  135: [], // Cabal
  147: [], // Elo
  148: [], // Hipercard
};

const ofBrand: Readonly<Partial<Record<Brand, number>>> = {
  visa: 1,
  visa_dk: 1,
  visa_elec: 122,
  amex: 2,
  mc: 3,
  maestro: 117,
  jcb: 125,
  discover: 128,
  diners: 132,
};

/** The product that a card number of this brand belongs to; null where this API has none for it. */
export const productOf = (brand: Brand): number | null => ofBrand[brand] ?? null;

/** Whether a card of this brand can be that product. Where either is not known to us, nothing speaks against it. */
export function fitsProduct(product: number, brand: Brand): boolean {
  const fitting = products[product] ?? [];
  return fitting.length === 0 || brand === "unknown" || fitting.includes(brand);
}
