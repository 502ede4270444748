import type { CallbackManner } from "./callbacks.ts";

/** How often a bank goes wrong by itself, whatever transfers order: shares from 0 to 1. */
export type Mood = {
  /** Of the answers about transfers, those that are cut off: what was asked for is done, and nobody hears of it. */
  readonly loseAnswers: number;
  /** Of the callbacks, those that are sent twice, and those that are sent up to `latestMs` late. */
  readonly repeatCallbacks: number;
  readonly delayCallbacks: number;
  /** Of the transfers, those that are booked and paid twice: for testing who claims to notice. */
  readonly payTwice: number;
  /** Of the transfers whose reference it has in its books, those that it takes for new ones, and pays again. */
  readonly payAgain: number;
  /** The same seed makes the same choices in the same order. */
  readonly seed: number;
};

/** A bank that goes wrong only where it is ordered to. */
export const calm: Mood = { loseAnswers: 0, repeatCallbacks: 0, delayCallbacks: 0, payTwice: 0, payAgain: 0, seed: 0 };

/** The longest time that a callback is late by mood. */
const latestMs = 10_000;

/** A mood at work: each question is a throw of the dice. */
export class Whims {
  readonly #mood: Mood;
  readonly #next: () => number;

  constructor(mood: Mood) {
    this.#mood = mood;
    this.#next = dice(mood.seed);
  }

  losesAnswer = (): boolean => this.#falls(this.#mood.loseAnswers);
  paysAgain = (): boolean => this.#falls(this.#mood.payAgain);
  paysTwice = (): boolean => this.#falls(this.#mood.payTwice);

  /** How a callback is sent that was to be sent in the manner of `ordered`. */
  manner(ordered: CallbackManner): CallbackManner {
    const twice = ordered.twice || this.#falls(this.#mood.repeatCallbacks);
    const late = this.#falls(this.#mood.delayCallbacks) ? Math.ceil(this.#next() * latestMs) : 0;
    return { ...ordered, twice, lateMs: ordered.lateMs + late };
  }

  #falls(share: number): boolean {
    return share > 0 && this.#next() < share;
  }
}

/** Numbers from 0 up to 1 (mulberry32). */
function dice(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
