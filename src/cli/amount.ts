import { isCurrency, minorDigits } from "../core/currency.ts";
import { CommandProblem } from "./terminal.ts";

/** An amount in the currency's smallest unit as people write it: `125.00 EUR`. */
export function amountText(minor: number, currency: string): string {
  const digits = isCurrency(currency) ? minorDigits[currency] : 0;
  const text = String(minor).padStart(digits + 1, "0");
  const at = text.length - digits;
  return `${text.slice(0, at)}${digits === 0 ? "" : `.${text.slice(at)}`} ${currency}`;
}

/** An amount as people write it (`125.00` EUR, `125` JPY) in the currency's smallest unit. Never rounds. */
export function minorOf(amount: string, currency: string): number {
  if (!isCurrency(currency))
    throw new CommandProblem(`${currency} is not an ISO 4217 currency in capitals, such as EUR.`);
  const digits = minorDigits[currency];
  const [, whole, fraction = ""] = /^(\d{1,15})(?:\.(\d+))?$/.exec(amount) ?? [];
  const minor = whole === undefined || fraction.length > digits ? NaN : Number(whole + fraction.padEnd(digits, "0"));
  if (Number.isSafeInteger(minor) && minor > 0) return minor;
  const example = digits === 0 ? "125" : `125.${"0".repeat(digits)}`;
  throw new CommandProblem(`${amount} is not an amount of ${currency}: write it like ${example}.`);
}
