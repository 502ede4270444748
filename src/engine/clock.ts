/** Time and chance as the engine gets them: real ones, or those of a simulation. */
export interface Clock {
  /** Milliseconds that never jump. */
  monotonic(): number;
  /** Milliseconds since 1970, by this machine's clock: it may be wrong, and jump. */
  wall(): number;
  /**
   * Calls `then` once after `ms`, unless the returned function is called before. 0: when what has come in from outside has been heard.
   */
  after(ms: number, then: () => void): () => void;
  /** A number from 0 up to 1. */
  chance(): number;
}

/** Ways to wait on a clock. */
export interface Waits {
  sleep(ms: number): Promise<void>;
  /** Resolves after `ms`, or when `signal` is aborted. */
  pause(ms: number, signal: AbortSignal): Promise<void>;
  /** What `work` comes to, or undefined when it takes longer than `ms`. */
  within<T>(ms: number, work: Promise<T>): Promise<T | undefined>;
}

export const waitsOn = (clock: Pick<Clock, "after">): Waits => ({
  sleep: (ms) => new Promise((resolve) => clock.after(ms, resolve)),
  pause: (ms, signal) =>
    new Promise((resolve) => {
      const done = () => {
        forget();
        signal.removeEventListener("abort", done);
        resolve();
      };
      const forget = clock.after(ms, done);
      signal.addEventListener("abort", done);
    }),
  within: <T>(ms: number, work: Promise<T>) =>
    new Promise<T | undefined>((resolve, reject) => {
      const forget = clock.after(ms, () => resolve(undefined));
      work.then(resolve, reject).finally(forget);
    }),
});
