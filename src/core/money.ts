import { assert } from "./assert.ts";
import { type Currency, minorDigits } from "./currency.ts";

/** `minor` counts the currency's smallest unit: cents of EUR, whole JPY, fils of KWD (a thousandth). */
export type Money = { readonly minor: bigint; readonly currency: Currency };

/** The largest amount that a Frisbii client can read. */
export const INT32_MAX = 2_147_483_647;

/** An amount as a JSON number. None beyond 2^53 - 1 was ever accepted: rounding one would change it. */
export function toWire(minor: bigint): number {
  const wire = Number(minor);
  assert(Number.isSafeInteger(wire), `${minor} is beyond what a JSON number holds exactly`);
  return wire;
}

/**
 * Reads an amount that always has two implied decimals, whatever the currency's own: 100 JPY come as 10000, 1.25 KWD
 * as 125.
 *
 * Undefined when the currency cannot pay it (half a JPY), and for a number that is no safe integer. Never rounds.
 * Source: Worldline Connect API reference, `amountOfMoney.amount`: "always having 2 decimals".
 */
export function fromTwoDecimals(amount: number | bigint, currency: Currency): bigint | undefined {
  if (typeof amount === "number" && !Number.isSafeInteger(amount)) return undefined;
  return rescale(BigInt(amount), 2, minorDigits[currency]);
}

/** The way back. Undefined for an amount that two decimals cannot say, such as 1.255 KWD. */
export function toTwoDecimals(minor: bigint, currency: Currency): bigint | undefined {
  return rescale(minor, minorDigits[currency], 2);
}

function rescale(amount: bigint, from: number, to: number): bigint | undefined {
  if (to >= from) return amount * 10n ** BigInt(to - from);
  const divisor = 10n ** BigInt(from - to);
  return amount % divisor === 0n ? amount / divisor : undefined;
}
