/**
 * The digits of a card number as people type it, or undefined for anything that is none.
 *
 * Accepts 12 to 19 digits with blanks or dashes between them that end in the right check digit (ISO/IEC 7812-1). The
 * test numbers of both APIs do, so they need no exception.
 */
export function cleanCardNumber(text: string): string | undefined {
  const number = text.replaceAll(/[ -]/g, "");
  return /^\d{12,19}$/.test(number) && luhn(number) ? number : undefined;
}

/** True if the last digit is the check digit of the others. Source: ISO/IEC 7812-1, annex B. */
export function luhn(number: string): boolean {
  if (!/^\d+$/.test(number)) return false;
  let sum = 0;
  for (let fromEnd = 0; fromEnd < number.length; fromEnd++) {
    const digit = Number(number[number.length - 1 - fromEnd]);
    const weighed = fromEnd % 2 === 0 ? digit : digit * 2;
    sum += weighed > 9 ? weighed - 9 : weighed;
  }
  return sum % 10 === 0;
}

/** What may be shown of a card number: `457111XXXXXX3777`, no more than PCI DSS 4.0, 3.4.1 allows. */
export const maskedCard = (number: string): string =>
  number.slice(0, 6) + "X".repeat(Math.max(0, number.length - 10)) + number.slice(-4);
