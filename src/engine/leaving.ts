import { sendWithinMs } from "../flow/intent.ts";

/** A moment by two clocks: one that never jumps, and this machine's, which goes on while the machine sleeps. */
export interface Moment {
  readonly monotonic: number;
  readonly wall: number;
}

interface Clocks {
  monotonic(): number;
  wall(): number;
}

/** The door through which one send leaves, once, and not after its deadline: that is past when either clock says so. */
export class Leaving {
  readonly #clocks: Clocks;
  readonly #since: Moment;
  readonly #mayGo: () => boolean;
  #gone = false;
  #late = false;

  /** `since`: before the commit of the intent, from when the deadline is counted. `mayGo`: whether anything may leave now. */
  constructor(clocks: Clocks, since: Moment, mayGo: () => boolean = () => true) {
    this.#clocks = clocks;
    this.#since = since;
    this.#mayGo = mayGo;
  }

  get gone(): boolean {
    return this.#gone;
  }

  get late(): boolean {
    return this.#late;
  }

  /** Throws when the deadline has passed. */
  check(): void {
    const passedMs = Math.max(this.#clocks.monotonic() - this.#since.monotonic, this.#clocks.wall() - this.#since.wall);
    this.#late ||= passedMs > sendWithinMs;
    if (this.#late) throw new Error("the deadline of this send has passed");
    if (!this.#mayGo()) throw new Error("dispatch was frozen");
  }

  /** The first byte is about to be written. Throws when the deadline has passed, and when it was written before. */
  readonly go = (): void => {
    if (this.#gone) throw new Error("this send has left before");
    this.check();
    this.#gone = true;
  };
}
