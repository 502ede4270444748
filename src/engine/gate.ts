import type { RailRules } from "../rails/rail.ts";

/** Silences in a row after which a rail is taken to be down, and for how long nothing new is sent then. */
const silencesToClose = 10;
const closedForMs = 5_000;

/**
 * How much may be under way on a rail. A permit is taken before a send is decided; without one a payout stays queued.
 * When the bank goes silent the gate closes: questions go on (they are the probe), sends wait for the first answer.
 */
export class RailGate {
  readonly #most: number;
  readonly #monotonic: () => number;
  readonly #mayOpen: () => boolean;
  #underWay = 0;
  #silences = 0;
  #closedUntil = 0;

  /** `mayOpen`: while it says no, there is no permit for anybody. */
  constructor(rules: RailRules, monotonic: () => number, mayOpen: () => boolean = () => true) {
    this.#most = rules.concurrency;
    this.#monotonic = monotonic;
    this.#mayOpen = mayOpen;
  }

  /** Room for one more send; the caller gives it back with {@link release}. */
  take(): boolean {
    if (this.free() === 0) return false;
    this.#underWay += 1;
    return true;
  }

  free(): number {
    return !this.#mayOpen() || this.#monotonic() < this.#closedUntil ? 0 : Math.max(0, this.#most - this.#underWay);
  }

  release(): void {
    this.#underWay -= 1;
  }

  /** Tells whether the bank answered; any answer opens the gate again. */
  heard(answered: boolean): void {
    if (answered) {
      this.#silences = 0;
      this.#closedUntil = 0;
      return;
    }
    this.#silences += 1;
    if (this.#silences >= silencesToClose) this.#closedUntil = this.#monotonic() + closedForMs;
  }

  get closed(): boolean {
    return this.#monotonic() < this.#closedUntil;
  }
}
