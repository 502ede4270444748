import type { Pauses, Settings } from "./options.ts";

/** The limit in time was reached, or the caller gave up: what is known so far is all there is to tell. */
export class OutOfPatience extends Error {}

/** How long one call goes on: its limit, its caller's signal, and the pauses within. */
export class Patience {
  readonly signal: AbortSignal | undefined;
  readonly #settings: Settings;
  readonly #until: number;
  #heard = false;
  #wake: () => void = () => {};

  constructor(settings: Settings, limitMs: number, signal: AbortSignal | undefined) {
    this.#settings = settings;
    this.#until = settings.now() + limitMs;
    this.signal = signal;
  }

  /** The `n`th pause, from 0, with its share of chance. */
  growing({ firstMs, mostMs }: Pauses, n: number): number {
    return Math.min(mostMs, firstMs * 2 ** n) * (1 - this.#settings.random() / 2);
  }

  /** Waits, at most to the limit. Throws {@link OutOfPatience} when the limit had been reached, or when the caller gives up. */
  async pause(ms: number): Promise<void> {
    const left = this.#left();
    await this.#sleep(Math.min(ms, left));
  }

  /** The same, but where the limit comes first there is no use in waiting for it. */
  async wholePause(ms: number): Promise<void> {
    if (ms > this.#left()) throw new OutOfPatience();
    await this.#sleep(ms);
  }

  /** Like {@link pause}, and ends at once when there is news, or was since {@link attend}. */
  async pauseUntilHeard(ms: number): Promise<void> {
    const left = this.#left();
    if (!this.#heard) await this.#sleep(Math.min(ms, left), (wake) => (this.#wake = wake));
  }

  /** From here on, what is {@link heard} is news. */
  attend(): void {
    this.#heard = false;
  }

  /** There is news. */
  heard(): void {
    this.#heard = true;
    this.#wake();
  }

  #left(): number {
    const left = this.#until - this.#settings.now();
    if (left <= 0 || this.signal?.aborted === true) throw new OutOfPatience();
    return left;
  }

  async #sleep(ms: number, onNews: (wake: () => void) => void = () => {}): Promise<void> {
    const stop = new AbortController();
    const wake = () => stop.abort();
    this.signal?.addEventListener("abort", wake, { once: true });
    onNews(wake);
    try {
      await this.#settings.sleep(ms, stop.signal);
    } catch (error) {
      if (!stop.signal.aborted) throw error;
    } finally {
      this.signal?.removeEventListener("abort", wake);
    }
    if (this.signal?.aborted === true) throw new OutOfPatience();
  }
}
