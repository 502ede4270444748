import type { Command } from "../core/command.ts";
import type { Outcome } from "../store/batch.ts";

/**
 * A command that waits for its batch. `finish` is called after COMMIT, or when it is clear that there will be none, or when its
 * caller has waited long enough; the first call counts.
 */
export interface Waiting {
  readonly command: Command;
  /** Monotonic milliseconds: when it came, until when it has to be begun while others go before it, and until when its caller waits. */
  readonly since: number;
  readonly beginBy: number;
  readonly until: number;
  finish(outcome: Outcome): void;
}

/** Merchants that are served elsewhere for now. */
type Sidelined = Pick<ReadonlyMap<string, unknown>, "has" | "size">;

/** How many commands may wait; and how long a merchant's first, if a batch was too full for it, when another new one comes. */
export interface QueueLimits {
  readonly waiting: number;
  readonly doorMs: number;
}

/**
 * What waits for one flusher. Bounded, in number and in time: who comes faster than they are served is refused when they come.
 * Fair: merchants take turns, so a noisy one waits behind itself; and what was taken on already goes before new requests, so
 * that what is under way ends first.
 */
export class FairQueue {
  readonly #limits: QueueLimits;
  readonly #lanes = { urgent: new Map<string, Waiting[]>(), normal: new Map<string, Waiting[]>() };
  /** When a batch last left something of a merchant behind. A batch that is merely slow leaves nothing. */
  readonly #leftAt = new Map<string, number>();
  #size = 0;

  constructor(limits: QueueLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#size;
  }

  /** Whether something new of this merchant would be refused now. */
  isShut(merchantId: string, now: number): boolean {
    if (this.#size >= this.#limits.waiting) return true;
    const first = this.#lanes.normal.get(merchantId)?.[0];
    return first !== undefined && this.#wasLeft(first) && now - first.since > this.#limits.doorMs;
  }

  readonly #wasLeft = ({ command, since }: Waiting): boolean =>
    since <= (this.#leftAt.get(command.merchantId) ?? -Infinity);

  /** False when it is refused. What was taken on already never is. */
  add(waiting: Waiting): boolean {
    const { urgent, merchantId } = waiting.command;
    if (!urgent && this.isShut(merchantId, waiting.since)) return false;
    const lane = urgent ? this.#lanes.urgent : this.#lanes.normal;
    const line = lane.get(merchantId);
    if (line === undefined) lane.set(merchantId, [waiting]);
    else line.push(waiting);
    this.#size += 1;
    return true;
  }

  /** Up to `most` commands, in turns by merchant; commands of one merchant and lane keep their order. */
  take(most: number, sidelined: Sidelined, now: number): Waiting[] {
    const taken: Waiting[] = [];
    this.#leftAt.clear();
    for (const lane of [this.#lanes.urgent, this.#lanes.normal]) this.#takeTurns(lane, most, sidelined, taken, now);
    this.#size -= taken.length;
    return taken;
  }

  /** Takes out what should have been begun by now. */
  expired(now: number): Waiting[] {
    const late: Waiting[] = [];
    const isLate = (waiting: Waiting) => (this.#wasLeft(waiting) ? waiting.beginBy : waiting.until) <= now;
    for (const lane of Object.values(this.#lanes)) {
      for (const [merchantId, line] of lane) {
        const rest = line.filter((waiting) => !isLate(waiting));
        if (rest.length === line.length) continue;
        late.push(...line.filter(isLate));
        if (rest.length === 0) lane.delete(merchantId);
        else lane.set(merchantId, rest);
      }
    }
    this.#size -= late.length;
    return late;
  }

  /** Whether there is something that a merchant which is not sidelined waits for. */
  hasWork(sidelined: Sidelined): boolean {
    if (this.#size === 0) return false;
    if (sidelined.size === 0) return true;
    return Object.values(this.#lanes).some((lane) => [...lane.keys()].some((merchantId) => !sidelined.has(merchantId)));
  }

  #takeTurns(lane: Map<string, Waiting[]>, most: number, sidelined: Sidelined, taken: Waiting[], now: number): void {
    const lines = [...lane].filter(([merchantId]) => !sidelined.has(merchantId));
    let share = 1; // everybody's first, then everybody's second, …
    let open = lines;
    while (taken.length < most && open.length > 0) {
      const at = share - 1;
      for (const [, line] of open) if (taken.length < most && line[at] !== undefined) taken.push(line[at]);
      open = open.filter(([, line]) => line.length > share);
      share += 1;
    }
    const gone = new Set(taken);
    for (const [merchantId, line] of lines) {
      const rest = line.filter((waiting) => !gone.has(waiting));
      lane.delete(merchantId); // to the end of the round: whoever was served last is served last
      if (rest.length === 0) continue;
      lane.set(merchantId, rest);
      this.#leftAt.set(merchantId, now);
    }
  }
}
