import { askedOf, checkHandle } from "./asked.ts";
import { settingsOf, type DisburseOptions, type Settings } from "./options.ts";
import { Patience } from "./patience.ts";
import { Payment, type PayResult } from "./payment.ts";
import type { Payout, PayoutRequest } from "./payout.ts";
import { readPayout } from "./reading.ts";
import { Wire } from "./wire.ts";

export interface CallOptions {
  /** When aborted, `pay` answers *open* with what is known. That takes nothing back. */
  readonly signal?: AbortSignal;
  /** For this call only. */
  readonly limitMs?: number;
}

/** Pays out over the Frisbii API of one account, and retries rightly. For servers: a private key has no place in a browser. */
export class Disburse {
  readonly #url: string;
  readonly #settings: Settings;
  readonly #wire: Wire;
  readonly #waiting = new Map<string, Set<Patience>>();

  static {
    // What `console.log` shows: no key.
    const show = function (this: Disburse) {
      return `Disburse { ${this.#url} }`;
    };
    Object.defineProperty(this.prototype, Symbol.for("nodejs.util.inspect.custom"), { value: show });
  }

  /** Throws a TypeError or RangeError for options that cannot be meant. */
  constructor(options: DisburseOptions) {
    this.#url = baseOf(options);
    if (typeof options.privateKey !== "string" || options.privateKey === "")
      throw new TypeError("privateKey is missing");
    this.#settings = settingsOf(options);
    this.#wire = new Wire(this.#url, options.privateKey, this.#settings);
  }

  /**
   * Pays out, and tells what became of it: *paid*, *failed* (no money moved), or *open* (nobody knows yet).
   * Calling it again with the same arguments is always safe: a handle is only ever paid once.
   *
   * Throws, without anything sent, a TypeError or RangeError for a handle or an amount that is none; DisburseRefusal for a
   * request that the server refuses; DisburseMismatch when the handle stands for another payout.
   */
  async pay(request: PayoutRequest, { signal, limitMs }: CallOptions = {}): Promise<PayResult> {
    const asked = askedOf(request);
    const patience = new Patience(this.#settings, limitMs ?? this.#settings.limitMs, signal);
    if (signal?.aborted === true) return { outcome: "open", payout: null, because: null };
    const waiting = this.#waiting.get(asked.handle) ?? new Set();
    this.#waiting.set(asked.handle, waiting.add(patience));
    try {
      return await new Payment(asked, this.#wire, this.#settings, patience).run();
    } finally {
      waiting.delete(patience);
      if (waiting.size === 0) this.#waiting.delete(asked.handle);
    }
  }

  /**
   * The payout as it is now; null if there is none of this handle. Throws DisburseRefusal, or DisburseSilence when the limit
   * was reached without an answer.
   */
  async get(handle: string, { signal, limitMs }: CallOptions = {}): Promise<Payout | null> {
    checkHandle(handle);
    return readPayout(
      handle,
      this.#wire,
      this.#settings,
      new Patience(this.#settings, limitMs ?? this.#settings.limitMs, signal),
    );
  }

  /** A webhook spoke of this payout: whoever waits for it looks at once. It is only a hint, so a forged one does no harm. */
  heard(handle: string): void {
    for (const patience of this.#waiting.get(handle) ?? []) patience.heard();
  }
}

const loopback = /^(localhost|127(\.\d+){3}|\[::1\])$/;

function baseOf({ url, insecure }: DisburseOptions): string {
  const base = new URL(url);
  if (base.username !== "" || base.password !== "" || base.search !== "" || base.hash !== "") {
    throw new TypeError("url must hold nothing but scheme, host, port and path");
  }
  if (
    base.protocol !== "https:" &&
    !(base.protocol === "http:" && (insecure === true || loopback.test(base.hostname)))
  ) {
    throw new TypeError("url must begin with https://: the private key travels with every request");
  }
  return base.href.replace(/\/+$/, "");
}
