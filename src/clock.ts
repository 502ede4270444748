import { waitsOn, type Clock } from "./engine/clock.ts";

/** The machine's own clock and chance. */
export const systemClock: Clock = {
  monotonic: () => performance.now(),
  wall: Date.now,
  after: (ms, then) => {
    const timer = setTimeout(then, ms);
    return () => clearTimeout(timer);
  },
  chance: Math.random,
};

export const { sleep, within } = waitsOn(systemClock);
