/** So often in a row a command breaks before its payout is to be parked. */
const toPark = 3;
const firstPauseMs = 1_000;
const longestPauseMs = 900_000;
/** More than these are not remembered: the oldest are forgotten, and then met again. */
const most = 50_000;

/**
 * What this process cannot carry on: payouts whose commands break, or are refused though they are due. Each is left alone for a
 * growing while, so that nobody waits behind it.
 */
export class Setbacks {
  readonly #monotonic: () => number;
  readonly #chance: () => number;
  readonly #known = new Map<string, { count: number; until: number }>();

  constructor({ monotonic, chance }: { monotonic(): number; chance(): number }) {
    this.#monotonic = monotonic;
    this.#chance = chance;
  }

  /** How many are left alone now. What has been left in peace since is forgotten. */
  resting(): number {
    const now = this.#monotonic();
    let count = 0;
    for (const [id, { until }] of this.#known) {
      if (until > now) count += 1;
      else if (until + longestPauseMs < now) this.#known.delete(id);
    }
    return count;
  }

  isResting(id: string): boolean {
    return (this.#known.get(id)?.until ?? 0) > this.#monotonic();
  }

  /** Its command broke. Says whether that was once too often. */
  broke(id: string): boolean {
    const count = (this.#known.get(id)?.count ?? 0) + 1;
    this.#leaveAlone(id, count, Math.min(firstPauseMs * 2 ** Math.min(count - 1, 10), longestPauseMs));
    return count >= toPark;
  }

  /** Its command was refused though it was read as due: mostly because somebody else was faster. */
  refused(id: string): void {
    this.#leaveAlone(id, this.#known.get(id)?.count ?? 0, firstPauseMs);
  }

  #leaveAlone(id: string, count: number, pause: number): void {
    this.#known.delete(id); // to the end: the first is the one that was met longest ago
    this.#known.set(id, { count, until: this.#monotonic() + pause * (0.5 + 0.5 * this.#chance()) });
    if (this.#known.size > most) this.#known.delete(this.#known.keys().next().value!);
  }

  clear(id: string): void {
    this.#known.delete(id);
  }
}
