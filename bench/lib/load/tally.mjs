/** The value that `share` of a sorted list is not above. */
export const quantile = (sorted, share) =>
  sorted.length === 0 ? null : sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];

/** How requests went in one stretch of time. Latencies in milliseconds. */
export class Tally {
  #seconds;
  #good;
  #counts = new Map();
  #latencies = [];
  #bad = [];
  #examples = new Map();
  #finished = 0;

  /** `good`: words that mean success; all others are counted apart. */
  constructor(seconds, good) {
    this.#seconds = seconds;
    this.#good = new Set(good);
  }

  /** `latencyMs` counts from when it was to be sent; `answerMs` from when it was. */
  add(word, latencyMs, answerMs, example) {
    this.#counts.set(word, (this.#counts.get(word) ?? 0) + 1);
    if (this.#good.has(word)) return void this.#latencies.push(latencyMs);
    this.#bad.push(answerMs);
    if (example !== undefined) this.#examples.set(word, example);
  }

  /** Something of whatever stretch was answered in this one. */
  finish(word) {
    if (this.#good.has(word)) this.#finished += 1;
  }

  result() {
    const good = Float64Array.from(this.#latencies).toSorted();
    const bad = Float64Array.from(this.#bad).toSorted();
    const of = (sorted) => ({
      p50: quantile(sorted, 0.5),
      p99: quantile(sorted, 0.99),
      p999: quantile(sorted, 0.999),
      max: sorted.at(-1) ?? null,
    });
    return {
      done: good.length,
      perSecond: good.length / this.#seconds,
      finishedPerSecond: this.#finished / this.#seconds,
      words: Object.fromEntries(this.#counts),
      latencyMs: of(good),
      refused: { count: bad.length, answerMs: of(bad), examples: Object.fromEntries(this.#examples) },
    };
  }
}
