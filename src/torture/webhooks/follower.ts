import { setTimeout as sleep } from "node:timers/promises";
import type { Caller } from "./payer.ts";

/** Follows the feed of events from its beginning, whatever happens to the servers meanwhile. */
export class Follower {
  /** Payouts' events in the order in which they were told. */
  readonly seen: { readonly payout: string; readonly version: number }[] = [];
  customers = 0;
  readonly #stop = new AbortController();
  readonly #done: Promise<void>;

  constructor(caller: Caller, authorization: string, merchantId: string) {
    const follow = async () => {
      for (let next: string | undefined; ;) {
        const after = next === undefined ? "" : `&after=${next}`;
        const stopping = this.#stop.signal.aborted;
        const page = await caller.call("GET", `/admin/events?merchant=${merchantId}&size=500${after}`, authorization);
        next = page.next;
        for (const { payout_id: payout, version } of page.events) {
          if (payout === undefined) this.customers += 1;
          else this.seen.push({ payout, version });
        }
        if (page.events.length === 0 && stopping) return;
        if (page.events.length === 0) await sleep(100);
      }
    };
    this.#done = follow();
  }

  /** Reads what is left. */
  async end(): Promise<void> {
    this.#stop.abort();
    await this.#done;
  }
}
