import { lag } from "./lag.ts";
import type { Listener } from "./line.ts";

/** Watches the lines from servers to the bank: what leaves, when, and how many questions were never answered. */
export class BankWatch implements Listener {
  /** Each send that was seen, as `reference/number`, and when first (milliseconds since 1970). */
  readonly seen = new Map<string, number>();
  asked = 0;
  lost = 0;

  sent = (chunk: Buffer): void => {
    const text = chunk.toString("latin1");
    if (/^(POST|GET) \/transfers/.test(text)) this.asked += 1;
    for (const [, reference, send] of text.matchAll(/"reference":"([A-Z2-7]+)","send":(\d+)/g)) {
      const name = `${reference}/${send}`;
      if (!this.seen.has(name)) this.seen.set(name, Date.now() - lag.nowMs); // it may have waited to be seen
    }
  };

  unanswered = (): void => {
    this.lost += 1;
  };
}

/** Watches the bank's callbacks: how many came again, and how many came late. */
export class CallbackWatch implements Listener {
  readonly #seen = new Set<string>();
  told = 0;
  again = 0;
  late = 0;

  sent = (chunk: Buffer): void => {
    const found = /"sequence":(\d+),"at":"([^"]+)"/.exec(chunk.toString("latin1"));
    if (found === null) return;
    const [, sequence = "", at = ""] = found;
    this.told += 1;
    if (Date.now() - Date.parse(at) > 1_000) this.late += 1;
    if (this.#seen.has(sequence)) this.again += 1;
    this.#seen.add(sequence);
  };
}
