interface Filled {
  tokens: number;
  at: number;
}

/** Names that are remembered at once: when there are more, all begin anew. */
const mostNames = 10_000;

/** Counts how often something is done under a name: `burst` at once, `perSecond` in the long run. */
export class Meter {
  readonly #perSecond: number;
  readonly #burst: number;
  readonly #filled = new Map<string, Filled>();

  constructor(perSecond: number, burst: number) {
    this.#perSecond = perSecond;
    this.#burst = burst;
  }

  /** Whether it may be done once more. `now`: milliseconds since 1970; a clock that goes back gives nothing. */
  take(name: string, now: number): boolean {
    const known = this.#filled.get(name);
    if (known === undefined && this.#filled.size >= mostNames) this.#filled.clear();
    const passed = known === undefined ? 0 : Math.max(0, now - known.at) / 1000;
    const tokens = known === undefined ? this.#burst : Math.min(this.#burst, known.tokens + passed * this.#perSecond);
    const may = tokens >= 1;
    this.#filled.set(name, { tokens: may ? tokens - 1 : tokens, at: now });
    return may;
  }
}
