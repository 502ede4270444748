import { countrySpecs, isValidIBAN } from "ibantools";
import { luhn } from "../cards/number.ts";

/**
 * Free text for the log (an error's message, a bank's answer) without the card numbers and IBANs in it.
 *
 * For values, not for whole log lines: those are numbers and ids too. Says yes too often rather than too seldom: one
 * other number of 13 to 19 digits in ten is masked as well. Not seen: a card number that runs on into further digits,
 * or is written with dots, and national account numbers, which look like any other number.
 * Cost: linear in the text.
 */
export const scrub = (text: string): string => scrubCards(scrubIbans(text));

/** Digits of a card number. */
const shortest = 13;

/** Groups of digits with one blank or dash between each: any whole groups that together make a card number, and where
 *  two such numbers overlap, both. */
function scrubCards(text: string): string {
  return text.replaceAll(/\d+(?:[ \u00a0-]\d+)*/g, (run) => {
    if (run.length < shortest) return run;
    const groups = run.split(/([ \u00a0-])/); // digits at even places, what separates them at odd ones
    for (let first = 0; first < groups.length; first += 2) {
      let last = lastOfCard(groups, first) ?? -1;
      for (let next = first + 2; next <= last; next += 2) last = Math.max(last, lastOfCard(groups, next) ?? -1);
      if (last < first) continue;
      const number = groups.slice(first, last + 1).join("");
      groups.fill("", first, last + 1);
      groups[first] = `[card ending ${number.replaceAll(/\D/g, "").slice(-4)}]`;
      first = last;
    }
    return groups.join("");
  });
}

/** Where the longest card number that begins with the group `first` ends. */
function lastOfCard(groups: readonly string[], first: number): number | undefined {
  let found: number | undefined;
  let number = "";
  for (let last = first; last < groups.length; last += 2) {
    number += groups[last];
    if (number.length > 19) break;
    if (number.length >= shortest && luhn(number) && !isClockReading(number)) found = last;
  }
  return found;
}

/** Milliseconds, microseconds or nanoseconds since 1970, until 2033. No card begins with 1 but 15 digits of JCB or UATP. */
const isClockReading = (number: string): boolean => number.startsWith("1") && number.length !== 15;

/** What begins like an IBAN and has its country's length and pattern. */
function scrubIbans(text: string): string {
  let scrubbed = "";
  let done = 0;
  for (const { index } of text.matchAll(/[A-Za-z]{2}\d{2}/g)) {
    if (index < done) continue;
    const country = text.slice(index, index + 2).toUpperCase();
    const end = endOfIban(text, index, country);
    if (end === undefined) continue;
    scrubbed += `${text.slice(done, index)}[iban ${country} ending ${text
      .slice(index, end)
      .replaceAll(/[ \u00a0-]/g, "")
      .slice(-4)}]`;
    done = end;
  }
  return scrubbed + text.slice(done);
}

/** Where it ends. A mistyped IBAN is nearly somebody's: a wrong check number saves it only from spacing unlike an IBAN's. */
function endOfIban(text: string, start: number, country: string): number | undefined {
  const spec = countrySpecs[country];
  if (!spec?.chars || !spec.bban_regexp) return undefined;
  let iban = "";
  let at = start;
  for (; iban.length < spec.chars; at++) {
    const char = text[at];
    if (char === undefined) return undefined;
    if (/[A-Za-z0-9]/.test(char)) iban += char.toUpperCase();
    else if (!/[ \u00a0-]/.test(char) || !/[A-Za-z0-9]/.test(text[at - 1]!)) return undefined;
  }
  if (!new RegExp(spec.bban_regexp).test(iban.slice(4))) return undefined;
  const written = text.slice(start, at);
  const looksIt = written.length === iban.length || /^(?:\w{4}[ \u00a0-])+\w{1,4}$/.test(written);
  return looksIt || isValidIBAN(iban) ? at : undefined;
}
