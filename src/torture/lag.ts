const everyMs = 50;

/**
 * How much later than due this process gets to do what it has to: what the machine takes from everybody on it, and no fault of what
 * is tried out. It is counted while nobody stands still on purpose, as this process never does.
 */
export class Lag {
  #sumMs = 0;
  #dueAt = performance.now() + everyMs;

  constructor() {
    setInterval(() => {
      this.#sumMs += this.nowMs;
      this.#dueAt = performance.now() + everyMs;
    }, everyMs).unref();
  }

  /** How long something that is due may have waited by now. */
  get nowMs(): number {
    return Math.max(0, performance.now() - this.#dueAt);
  }

  /** All of it since the beginning: the difference of two is what was lost in between. */
  get totalMs(): number {
    return this.#sumMs + this.nowMs;
  }
}

/** This process's own. */
export const lag = new Lag();
