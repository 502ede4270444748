import { sendWithinMs } from "../flow/intent.ts";

/** A moment by two clocks: one that never jumps, and this machine's, which goes on while the machine sleeps. */
export interface Moment {
  readonly monotonic: number;
  readonly wall: number;
}

/** The door through which one send leaves, once, and not after its deadline. */
export interface Leaving {
  /** Throws when the deadline has passed. */
  readonly check: () => void;
  /** The first byte is about to be written. Throws when the deadline has passed, and when it was written before. */
  readonly go: () => void;
  readonly gone: boolean;
  readonly late: boolean;
}

/** The deadline is counted from `since`, before the commit of the intent, and is past when either clock says so. `mayGo`: whether anything may leave now. */
export function leaving(
  clock: { monotonic(): number; wall(): number },
  since: Moment,
  mayGo: () => boolean = () => true,
): Leaving {
  let [gone, late] = [false, false];
  const check = () => {
    const passedMs = Math.max(clock.monotonic() - since.monotonic, clock.wall() - since.wall);
    late ||= passedMs > sendWithinMs;
    if (late) throw new Error("the deadline of this send has passed");
    if (!mayGo()) throw new Error("dispatch was frozen");
  };
  const go = () => {
    if (gone) throw new Error("this send has left before");
    check();
    gone = true;
  };
  return {
    check,
    go,
    get gone() {
      return gone;
    },
    get late() {
      return late;
    },
  };
}
