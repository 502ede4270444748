import { Disburse } from "./disburse.ts";
import type { DisburseOptions, Fetch } from "./options.ts";
import type { Payout, PayoutRequest, PayoutTransaction } from "./payout.ts";

/** A clock that stands until everything waits for it, then goes on to the next moment that somebody waits for. */
export class VirtualClock {
  #now = 0;
  #waiting: { readonly at: number; wake(): void }[] = [];
  #running = false;

  readonly now = (): number => this.#now;

  readonly sleep = (ms: number, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      const entry = { at: this.#now + ms, wake: () => this.#end(entry, resolve) };
      if (signal?.aborted === true) return resolve();
      signal?.addEventListener("abort", entry.wake, { once: true });
      this.#waiting.push(entry);
      void this.#run();
    });

  #end(entry: { readonly at: number; wake(): void }, resolve: () => void): void {
    this.#waiting = this.#waiting.filter((other) => other !== entry);
    resolve();
  }

  async #run(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve));
      if (this.#waiting.length === 0) break;
      const next = this.#waiting.reduce((first, entry) => (entry.at < first.at ? entry : first));
      this.#now = Math.max(this.#now, next.at);
      next.wake();
    }
    this.#running = false;
  }
}

/** What a scripted server does with one request: answers, breaks the connection (an error), or says nothing. */
export type Step = Reply | Error | "silence" | "truncated" | (() => Step);
export interface Reply {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A request as the server got it, and when. */
export interface Seen {
  readonly at: number;
  readonly what: string;
  readonly body: string | undefined;
  readonly init: Parameters<Fetch>[1];
}

export const key = "priv_0123456789abcdef0123456789abcdef";
export const request: PayoutRequest = {
  handle: "prize-1",
  destination: "ca_1",
  amount: 20_000,
  currency: "DKK",
  customer_handle: "winner",
};
export const again = { repeats: { firstMs: 1_000, mostMs: 8_000 }, random: () => 0 };

/** A client whose requests meet `steps`, one after another; the last one stays. */
export function play(steps: readonly Step[], options: Partial<DisburseOptions> = {}) {
  const clock = new VirtualClock();
  const seen: Seen[] = [];
  const fetch: Fetch = (url, init) => {
    seen.push({ at: clock.now(), what: `${init.method} ${new URL(url).pathname}`, body: init.body, init });
    return perform(steps[Math.min(seen.length, steps.length) - 1]!);
  };
  const { now, sleep } = clock;
  const url = "https://payouts.example.com";
  const disburse = new Disburse({ url, privateKey: key, fetch, now, sleep, ...again, ...options });
  return {
    disburse,
    clock,
    seen,
    /** `POST` or `GET` for each request. */
    methods: () => seen.map(({ what }) => what.split(" ", 1)[0]),
    /** The times between requests, in milliseconds. */
    pauses: () => seen.slice(1).map(({ at }, index) => at - seen[index]!.at),
  };
}

async function perform(step: Step): ReturnType<Fetch> {
  if (typeof step === "function") return perform(step());
  if (step === "silence") return new Promise<never>(() => {});
  if (step instanceof Error) throw step;
  if (step !== "truncated") return reply(step);
  const text = () => Promise.reject(new TypeError("terminated"));
  return { ...reply(paid()), text };
}

/** The reply as `fetch` tells it. */
export const reply = ({ status, body, headers = {} }: Reply): Awaited<ReturnType<Fetch>> => ({
  status,
  headers: new Headers(headers),
  text: async () => (typeof body === "string" ? body : JSON.stringify(body)),
});

const transaction = (state: PayoutTransaction["state"], more: Partial<PayoutTransaction>): PayoutTransaction => ({
  id: "0".repeat(32),
  state,
  amount: request.amount,
  created: "2025-08-04T12:46:00.100+00:00",
  card_type: "visa",
  card: { id: request.destination },
  ...more,
});

/** 200 with the payout of {@link request}. */
export function told(state: Payout["state"], errors: readonly string[] = [], more: Partial<Payout> = {}): Reply {
  const failures = errors.map((state) => transaction("failed", { error_state: state as "hard_declined" }));
  const going = state === "created" || state === "failed" ? [] : [transaction(state, {})];
  const { handle, amount } = request;
  const payout: Payout = {
    handle,
    state,
    amount,
    currency: "DKK",
    customer: "winner",
    created: "2025-08-04T12:46:00.100+00:00",
    transactions: [...failures, ...going],
    ...more,
  };
  return { status: 200, body: payout };
}
export const paid = (more: Partial<Payout> = {}): Reply => told("paid", [], more);
export const processing = (more: Partial<Payout> = {}): Reply => told("processing", [], more);
export const failed = (...errors: readonly string[]): Reply => told("failed", errors);

/** An error as the API tells it. */
export const refusal = (status: number, code: number, more: Readonly<Record<string, string>> = {}): Reply => ({
  status,
  body: { code, error: `error ${code}`, http_status: status, request_id: "3f0c", path: "/v1/payout", ...more },
});

/** A connection that breaks, as Node's fetch tells it. */
export const broken = (code = "ECONNRESET"): Error =>
  new TypeError("fetch failed", { cause: Object.assign(new Error(code), { code }) });
