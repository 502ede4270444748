import type { Chance } from "./chance.ts";

/** Where money can go: a saved card, a card that comes with the request, a bank account. */
export type To =
  | { readonly kind: "saved"; readonly number: string; readonly id: string }
  | { readonly kind: "card"; readonly number: string }
  | { readonly kind: "iban"; readonly holder: string; readonly iban: string };

export const cardNumbers = [
  "4111111111111111",
  "4571994000062336",
  "5500000000000004",
  "340000000000009",
  "6759000000000000",
  "30000000000004",
];
const ibans = [
  "IT60X0542811101000000123456",
  "DE89370400440532013000",
  "GB29NWBK60161331926819",
  "FR1420041010050500013M02606",
  "NL91ABNA0417164300",
  "DK5000400440116243",
];

/** What is paid in, and with how many decimals. */
export const currencies = { EUR: 2, DKK: 2, USD: 2, JPY: 0, KWD: 3 } as const;
export type Currency = keyof typeof currencies;

/** What the bank is ordered to do with a payout, by weight. The lying bank (`contradict`) is not asked here: what it says is believed. */
const fates: readonly (readonly [weight: number, order: (chance: Chance) => string])[] = [
  [720, () => ""],
  [40, () => "sandbox:silent-paid"],
  [15, () => "sandbox:silent-lost-once"],
  [3, () => "sandbox:silent-lost"],
  [15, () => "sandbox:error-paid"],
  [3, () => "sandbox:error-lost"],
  [10, () => "sandbox:garbage"],
  [10, () => "sandbox:wrong-amount"],
  [10, () => "sandbox:wrong-reference"],
  [20, () => "sandbox:declined"],
  [15, () => "sandbox:declined-soft"],
  [20, (chance) => `sandbox:slow=${chance.between(50, 3_000)}`],
  [30, (chance) => `sandbox:async-paid=${chance.between(50, 4_000)}`],
  [15, (chance) => `sandbox:async-declined=${chance.between(50, 4_000)}`],
  [10, (chance) => `sandbox:async-silent-paid=${chance.between(50, 4_000)}`],
  [15, (chance) => `sandbox:late-paid=${chance.between(200, 8_000)}`],
  [25, (chance) => `sandbox:returned=${chance.between(100, 5_000)}`],
  [10, (chance) => `sandbox:returned-silent=${chance.between(100, 5_000)}`],
  [14, () => "sandbox:callback-forged"],
];

export const fateOf = (chance: Chance): string => chance.weighted(fates)(chance);

export const currencyOf = (chance: Chance): Currency =>
  chance.weighted<Currency>([
    [70, "EUR"],
    [10, "DKK"],
    [10, "USD"],
    [5, "JPY"],
    [5, "KWD"],
  ]);

export const ibanOf = (chance: Chance): To => ({
  kind: "iban",
  holder: `Holder ${chance.between(1, 500)}`,
  iban: chance.pick(ibans),
});
