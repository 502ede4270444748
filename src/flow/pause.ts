/** The longest pause between two looks at a payout under way. */
const longestMs = 900_000;

/**
 * The pause before the next look at a payout, after so many: a second, doubling to a quarter of an hour. Between half of that and
 * all of it, as the payout's id has it, so that payouts that fell silent together are not looked at together.
 */
export const pauseMs = (count: number, payoutId: string, mostMs = longestMs): number =>
  Math.round(Math.min(1_000 * 2 ** Math.min(count, 10), mostMs) * (0.5 + 0.5 * scatter(`${payoutId} ${count}`)));

/** A number from 0 up to 1 that a text always gives (FNV-1a, with its upper bits mixed down). */
function scatter(text: string): number {
  let hash = 0x811c9dc5;
  for (const character of text) hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return ((hash ^ (hash >>> 13)) >>> 0) / 2 ** 32;
}
