/** What runs when nobody asks: each job again and again, one run of it at a time, sooner when it found something to do. */
export interface Job {
  readonly name: string;
  readonly everyMs: number;
  /** Returns how many things it found; more than none, and it runs again at once. */
  run(): Promise<number>;
}

export interface PulsePorts {
  /** Resolves after `ms`, or when `signal` is aborted. */
  pause(ms: number, signal: AbortSignal): Promise<void>;
  log(event: Record<string, unknown>, message: string): void;
}

/** Starts the jobs; the returned function stops them and resolves when the last run has ended. */
export function startPulse(jobs: readonly Job[], ports: PulsePorts): () => Promise<void> {
  const stop = new AbortController();
  const beat = async (job: Job): Promise<void> => {
    let failures = 0;
    while (!stop.signal.aborted) {
      let found = 0;
      try {
        found = await job.run();
        failures = 0;
      } catch (error) {
        failures += 1;
        ports.log({ err: error, job: job.name, failures }, "a background job failed; it runs again");
      }
      const pause =
        failures > 0
          ? Math.min(5_000, job.everyMs * 2 ** Math.min(failures, 6))
          : found > 0
            ? job.everyMs / 10
            : job.everyMs;
      await ports.pause(pause, stop.signal);
    }
  };
  const running = Promise.all(jobs.map(beat));
  return async () => {
    stop.abort();
    await running;
  };
}
