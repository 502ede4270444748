import type { Told } from "../services.ts";
import { apiError, tellErrors, type Answering } from "./errors.ts";
import { repeatHeaders } from "./idempotence-key.ts";

/** The first request with that key is still under way. */
export class Busy {
  readonly since: number;
  constructor(since: number) {
    this.since = since;
  }
}

/** Requests with an idempotence key that are under way in this process; another process meets the key in the database. */
export class Running {
  readonly #since = new Map<string, number>();

  /** Does `work` unless the same key is at work already. Without a key nothing is the same. */
  async alone<T>(merchantId: string, key: string | null, now: number, work: () => Promise<T>): Promise<T | Busy> {
    if (key === null) return work();
    const name = `${merchantId} ${key}`;
    const since = this.#since.get(name);
    if (since !== undefined) return new Busy(since);
    this.#since.set(name, now);
    try {
      return await work();
    } finally {
      this.#since.delete(name);
    }
  }
}

export const tellBusy = ({ since }: Busy, answering: Answering): Told =>
  tellErrors([apiError("inProgress")], answering, repeatHeaders(since));
