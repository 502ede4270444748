import { waitsOn, type Clock } from "./engine/clock.ts";

/** The machine's own clock and chance. */
export const systemClock: Clock = {
  monotonic: () => performance.now(),
  wall: Date.now,
  after: (ms, then) => {
    if (ms === 0) {
      const soon = setImmediate(then); // a timer would wait for a millisecond
      return () => clearImmediate(soon);
    }
    const timer = setTimeout(then, ms);
    return () => clearTimeout(timer);
  },
  chance: Math.random,
};

export const { sleep, within } = waitsOn(systemClock);
