import type { Settings } from "./options.ts";

/**
 * Creates that went unanswered, by handle: each may still be on its way (in a proxy, in the buffers of a server that pauses), and
 * would begin another attempt when it arrives.
 */
export class Late {
  readonly #settings: Settings;
  readonly #until = new Map<string, number>();

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  /** A create of this handle went unanswered just now. */
  note(handle: string): void {
    const now = this.#settings.now();
    for (const [old, until] of this.#until) {
      if (until > now) break; // they are kept in the order in which they end
      this.#until.delete(old);
    }
    this.#until.delete(handle);
    this.#until.set(handle, now + this.#settings.lateMs);
  }

  /** When the last of them will have arrived, in milliseconds of `now`; long ago if there is none. */
  until(handle: string): number {
    return this.#until.get(handle) ?? -Infinity;
  }

  /** Handles that are remembered. */
  get size(): number {
    return this.#until.size;
  }
}
