/**
 * A card is good through the last day of its month, UTC. `expMonth` is 1 to 12; `expYear` has four digits (both APIs
 * write two and mean 20YY).
 */
export const isExpired = (expMonth: number, expYear: number, now: Date): boolean =>
  now.getTime() >= Date.UTC(expYear, expMonth, 1); // months count from 0 here: this is the first day of the next one
