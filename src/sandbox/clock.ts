/** Time, as the bank sees it. */
export type Clock = {
  /** Milliseconds since 1970. */
  now(): number;
  after(ms: number, then: () => void): void;
};

/** The clock on the wall. `stop` forgets everything that was still to happen, and takes no more. */
export function wallClock(): Clock & { stop(): void } {
  const timers = new Set<NodeJS.Timeout>();
  let isStopped = false;
  return {
    now: Date.now,
    after(ms, then) {
      if (isStopped) return;
      const timer = setTimeout(() => {
        timers.delete(timer);
        then();
      }, ms);
      timers.add(timer);
    },
    stop() {
      isStopped = true;
      for (const timer of timers) clearTimeout(timer);
      timers.clear();
    },
  };
}
