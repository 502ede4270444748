/** The middle one; of an even number the upper of both. */
export const median = (list) => list.toSorted((a, b) => a - b)[list.length >> 1];

/**
 * Measures every arm once, then every arm once more, and so on: what disturbs the machine for a while disturbs all alike.
 * Resolves with the rounds of each arm, by its name.
 */
export async function inTurn(bench, arms) {
  const rounds = new Map(arms.map(({ name }) => [name, []]));
  for (let round = 1; round <= bench.options.rounds; round += 1) {
    for (const arm of arms) {
      bench.progress(`round ${round}: ${arm.name}`);
      await bench.postgres.checkpoint(); // so that every round pays for its own full pages
      rounds.get(arm.name).push(await arm.round());
    }
  }
  return rounds;
}

/** Median of a figure over the rounds, with the least and the most. */
export function spread(rounds, figure) {
  const values = rounds.map(figure).filter(Number.isFinite);
  if (values.length === 0) return null;
  return { median: median(values), least: Math.min(...values), most: Math.max(...values) };
}

/** The ratio of two arms, round by round: only what was measured side by side is compared. */
export const ratio = (one, other, figure) =>
  spread(
    one.map((round, n) => figure(round) / figure(other[n])),
    (value) => value,
  );
