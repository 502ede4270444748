import type { Clock } from "../engine/clock.ts";
import type { Faults } from "./faults.ts";
import type { Timeline } from "./timeline.ts";

/** Where time goes on for a process. */
export interface Machine {
  readonly timeline: Timeline;
  readonly faults: Faults;
}

/**
 * A server process. What it waits for reaches it only as long as it lives and is not paused: a killed one is never heard of
 * again, wherever in its code it was.
 */
export class Process {
  readonly name: string;
  readonly #machine: Machine;
  readonly #onEnd: (() => void)[] = [];
  readonly #onPause: (() => void)[] = [];
  /** Its wall clock is wrong by so many milliseconds. */
  readonly skewMs: number;
  alive = true;
  #pausedUntil = 0;

  constructor(name: string, machine: Machine, skewMs: number) {
    this.name = name;
    this.#machine = machine;
    this.skewMs = skewMs;
  }

  kill(): void {
    if (!this.alive) return;
    this.alive = false;
    for (const ended of this.#onEnd) ended();
  }

  /** Its connections see that it is gone. */
  onEnd(ended: () => void): void {
    this.#onEnd.push(ended);
  }

  /** SIGSTOP, and SIGCONT after `ms`. */
  pause(ms: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, this.#machine.timeline.now + ms);
    for (const paused of this.#onPause) paused();
  }

  /** Its connections notice that nothing comes any more. */
  onPause(paused: () => void): void {
    this.#onPause.push(paused);
  }

  get pausedMs(): number {
    return Math.max(0, this.#pausedUntil - this.#machine.timeline.now);
  }

  /** Goes on with `then` as soon as it runs. */
  resume(then: () => void): void {
    if (!this.alive) return;
    if (this.pausedMs > 0) this.#machine.timeline.after(this.pausedMs, () => this.resume(then));
    else then();
  }

  /**
   * Has `work` done outside this process, and goes on with what comes of it. At `point` the process may be killed or paused,
   * before it asks and before it hears.
   */
  port<T>(point: string, latencyMs: number, work: () => T | Promise<T>): Promise<T> {
    const { timeline, faults } = this.#machine;
    return new Promise<T>((resolve, reject) => {
      faults.atPoint(`${point}.before`, this);
      if (!this.alive) return;
      const hear = (then: () => void) =>
        timeline.after(latencyMs / 2, () =>
          this.resume(() => {
            faults.atPoint(`${point}.after`, this);
            this.resume(then);
          }),
        );
      const begin = async (): Promise<void> => {
        if (!this.alive) return;
        try {
          const result = await work();
          hear(() => resolve(result));
        } catch (error) {
          hear(() => reject(error));
        }
      };
      timeline.after(latencyMs / 2, begin); // nothing else happens meanwhile
    });
  }

  /** Time and chance as this process sees them. */
  clock(chance: () => number): Clock {
    const { timeline } = this.#machine;
    return {
      monotonic: () => timeline.now,
      wall: () => timeline.now + this.skewMs,
      after: (ms, then) => timeline.after(ms, () => this.resume(then)),
      chance,
    };
  }
}
