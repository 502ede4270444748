import { Agent, request } from "undici";
import { cardNumbers, currencyOf, fateOf } from "./orders.ts";
import type { Chance } from "./chance.ts";
import type { Drive, Merchant } from "./drive.ts";
import type { ToldPayout, ToldState } from "./told.ts";

/** What of the package `client/` is used. */
export interface FrisbiiClient {
  pay(
    asked: object,
    options: { signal: AbortSignal },
  ): Promise<{ outcome: "paid" | "failed" | "open"; payout: object | null }>;
}
export type OpenFrisbii = new (options: object) => FrisbiiClient;

const states: Record<string, ToldState> = { created: "waiting", processing: "open", paid: "paid", failed: "failed" };
const agent = new Agent({ connections: 1_000, connect: { timeout: 3_000 } });

/** A merchant's client, whose requests go now to this server and now to that one, as behind a load balancer. */
export class FrisbiiMerchant {
  readonly merchant: Merchant;
  readonly #drive: Drive;
  readonly #asked = new Map<string, ToldPayout>();
  readonly #client: FrisbiiClient;

  constructor(drive: Drive, merchant: Merchant, Disburse: OpenFrisbii, chance: Chance) {
    this.merchant = merchant;
    this.#drive = drive;
    this.#client = new Disburse({
      url: "http://127.0.0.1",
      privateKey: merchant.privateKey,
      timeoutMs: 12_000, // a server answers within ten seconds
      limitMs: 120_000,
      repeats: { firstMs: 100, mostMs: 3_000 },
      polls: { firstMs: 500, mostMs: 4_000 },
      retries: { firstMs: 500, mostMs: 2_000 },
      softRetries: 1,
      lateMs: 20_000, // a server that stands still for half a minute carries out what it had read before
      fetch: (url: string, init: Init) => this.#fetch(new URL(url).pathname, init, chance),
    });
  }

  /** One payout, from its first request to what becomes of it. */
  async payOne(name: string, chance: Chance): Promise<void> {
    const currency = currencyOf(chance);
    const amountMinor = chance.between(1, 500_000);
    const saved = chance.pick(this.merchant.cards);
    const isOnce = chance.falls(0.15); // a card used once, for a customer who is made in the same step
    const number = isOnce ? chance.pick(cardNumbers) : saved.number;
    const destination = isOnce ? await this.#token(number, chance) : saved.id;
    const payout = this.#drive.told.ask({
      dialect: "frisbii",
      merchantId: this.merchant.id,
      name,
      amountMinor,
      currency,
      destination: this.#drive.fingerprint({ kind: "card", number }),
    });
    this.#asked.set(name, payout);
    const text = fateOf(chance);
    const customer = isOnce ? { customer: { handle: `c-${name}` } } : {};
    const asked = { handle: name, destination, amount: amountMinor, currency, text, ...customer };
    const pay = () => this.#client.pay(asked, { signal: this.#drive.signal }).then(({ outcome }) => outcome, outcomeOf);
    try {
      const outcomes = await Promise.all(chance.falls(0.03) ? [pay(), pay()] : [pay()]); // somebody clicked twice
      payout.state = concluded(outcomes, payout.state);
      if (payout.everPaid && payout.state === "failed") payout.contradictions.push("was told paid, then failed");
    } catch (error) {
      this.#drive.refused(`POST /v1/payout ${name}: ${String(error)}`);
    } finally {
      this.#asked.delete(name);
    }
    if (payout.state === "open") this.#drive.leftOpen(() => this.#look(payout, chance));
  }

  /** One more look at a payout that was open when its client gave up. */
  async #look(payout: ToldPayout, chance: Chance): Promise<void> {
    this.#asked.set(payout.name, payout);
    const headers = {
      authorization: `Basic ${Buffer.from(`${this.merchant.privateKey}:`).toString("base64")}`,
    };
    const signal = AbortSignal.timeout(12_000);
    await this.#fetch(`/v1/payout/${payout.name}`, { method: "GET", headers, signal }, chance).catch(() => {});
    this.#asked.delete(payout.name);
  }

  async #token(number: string, chance: Chance): Promise<string> {
    const body = JSON.stringify({ number, cvv: "123", exp_month: 12, exp_year: 2039 });
    const headers = {
      authorization: `Basic ${Buffer.from(`${this.merchant.privateKey}:`).toString("base64")}`,
      "content-type": "application/json",
    };
    for (;;) {
      const signal = AbortSignal.any([AbortSignal.timeout(12_000), this.#drive.signal]);
      try {
        const answer = await this.#fetch("/sandbox/card-tokens", { method: "POST", headers, body, signal }, chance);
        if (answer.status === 200) return (JSON.parse(await answer.text()) as { id: string }).id;
      } catch {
        // asked again: a token that nobody heard of is no harm
      }
      this.#drive.signal.throwIfAborted();
      await this.#drive.pause(chance.between(100, 600));
    }
  }

  async #fetch(path: string, init: Init, chance: Chance): Promise<Heard> {
    const by = this.#drive.pick(chance);
    const begunAt = performance.now();
    const { method, headers, body, signal } = init;
    const answer = await request(`http://127.0.0.1:${this.#drive.ports[by]}${path}`, {
      method,
      headers,
      body: body ?? null,
      signal,
      dispatcher: agent,
    });
    const text = await answer.body.text();
    if (answer.statusCode === 200 && path.startsWith("/v1/payout")) this.#hear(by, method, begunAt, text);
    const got = (name: string) => String(answer.headers[name.toLowerCase()] ?? "") || null;
    return { status: answer.statusCode, headers: { get: got }, text: async () => text };
  }

  #hear(by: number, call: string, begunAt: number, text: string): void {
    const { handle, state } = JSON.parse(text) as { handle: string; state: string };
    const payout = this.#asked.get(handle);
    const told = states[state];
    if (payout === undefined || told === undefined) return this.#drive.refused(`an answer about ${handle}: ${state}`);
    this.#drive.told.acknowledge(payout, { by, call, begunAt }, told);
  }
}

/** A refusal of a second request under the same handle tells what became of the first. */
function outcomeOf(refusal: unknown): string {
  const { payout } = refusal as { payout?: { state: string } | null };
  if (payout === undefined || payout === null) throw refusal;
  return payout.state === "paid" || payout.state === "failed" ? payout.state : "open";
}

/** What the caller of `pay` knows in the end. One that failed may have been tried again, and paid, by another call. */
function concluded(outcomes: readonly string[], before: ToldState | null): ToldState | null {
  if (outcomes.includes("paid")) return "paid";
  if (outcomes.includes("open")) return before === null ? null : "open";
  return "failed";
}

interface Init {
  readonly method: "GET" | "POST";
  readonly headers: Record<string, string>;
  readonly body?: string;
  readonly signal: AbortSignal;
}
interface Heard {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  text(): Promise<string>;
}
