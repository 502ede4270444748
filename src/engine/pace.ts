/** Calls at a time to one receiver (Frisbii, "Webhooks"). It begins with one, and gets one more for each success, one less for each failure. */
const mostAtATime = 10;
/** So many calls in a row fail before it is left alone for a while: a second, then twice as long each time, up to a minute. */
const failuresInARow = 5;
const firstRestMs = 1_000;
const longestRestMs = 60_000;
const mostRests = 10;
/** What a receiver may ask for by `Retry-After`. */
const longestRetryAfterMs = 3_600_000;

export interface PacePorts {
  monotonic(): number;
  chance(): number;
}

/** A receiver that failed is left alone: until then (monotonic), for the so-manieth time. */
export interface Rest {
  readonly until: number;
  readonly rests: number;
}

/** How fast one receiver is called, by how it answers. */
export class Pace {
  readonly #ports: PacePorts;
  #atATime = 1;
  /** Calls that failed since the last success, and rests taken since then. */
  #failures = 0;
  #rests: number;
  #restsUntil = 0;

  /** `rests`: so many has it taken before, since it last answered; the first failure is then one too many. */
  constructor(ports: PacePorts, rests = 0) {
    this.#ports = ports;
    this.#rests = rests;
    if (rests > 0) this.#failures = failuresInARow - 1;
  }

  get atATime(): number {
    return this.#atATime;
  }

  /** Whether it has answered more than it has failed. */
  get answers(): boolean {
    return this.#atATime > 1;
  }

  /** While it is left alone: until when. */
  rest(): Rest | undefined {
    const resting = this.#restsUntil > this.#ports.monotonic();
    return resting ? { until: this.#restsUntil, rests: this.#rests } : undefined;
  }

  succeeded(): void {
    this.#failures = 0;
    this.#rests = 0;
    this.#atATime = Math.min(mostAtATime, this.#atATime + 1);
  }

  /** `retryAfterMs`: what the receiver asks for; null: nothing. */
  failed(retryAfterMs: number | null): void {
    const now = this.#ports.monotonic();
    this.#failures += 1;
    this.#atATime = Math.max(1, this.#atATime - 1);
    const asked = Math.min(retryAfterMs ?? 0, longestRetryAfterMs);
    if (asked > 0) this.#restsUntil = Math.max(this.#restsUntil, now + asked);
    if (this.#failures < failuresInARow || now < this.#restsUntil) return; // those that were in the air together fail once
    const rest = Math.min(longestRestMs, firstRestMs * 2 ** this.#rests);
    this.#rests = Math.min(this.#rests + 1, mostRests);
    this.#restsUntil = now + rest * (0.75 + this.#ports.chance() / 2);
  }

  /** Leaves it alone for so long, for a reason of ours. */
  leaveAlone(ms: number): void {
    this.#restsUntil = Math.max(this.#restsUntil, this.#ports.monotonic() + ms);
  }
}
