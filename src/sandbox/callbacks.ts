import { createHmac } from "node:crypto";
import { Agent, request } from "undici";
import type { Status } from "./books.ts";
import type { Clock } from "./clock.ts";

/** What a callback says. `sequence` is the cursor of the change, `at` in milliseconds since 1970. */
export type Tidings = {
  readonly reference: string;
  readonly status: Status;
  readonly sequence: number;
  readonly at: number;
};

export type CallbackManner = { readonly twice: boolean; readonly lateMs: number; readonly forged?: boolean };

/** The header that carries the signature: lowercase hex HMAC-SHA256 of the raw body under the shared secret. */
export const signatureHeader = "x-sandbox-signature";

export const sign = (secret: string, body: string): string => createHmac("sha256", secret).update(body).digest("hex");

type Callback = { readonly body: string; readonly signature: string; readonly tries: number };

const backoffMs = [250, 500, 1000, 2000, 4000];
const atOnce = 32;
const longestQueue = 100_000;
const answerMs = 5000;

/**
 * Tells the sender of outcomes. A callback is a hint and no more: after a few tries it is dropped, a crash forgets it,
 * and so does a queue that has grown too long. The list of changes is where the truth can be read.
 */
export class Callbacks {
  url: string | undefined;
  readonly #secret: string;
  readonly #clock: Clock;
  readonly #log: (message: string) => void;
  readonly #agent = new Agent({ connections: atOnce });
  readonly #queue = new Set<Callback>();
  #running = 0;
  #dropped = 0;

  constructor(url: string | undefined, secret: string, clock: Clock, log: (message: string) => void) {
    this.url = url;
    this.#secret = secret;
    this.#clock = clock;
    this.#log = log;
  }

  tell(tidings: Tidings, { twice, forged = false }: CallbackManner): void {
    const body = JSON.stringify({ ...tidings, at: new Date(tidings.at).toISOString() });
    const signature = sign(forged ? `not ${this.#secret}` : this.#secret, body);
    const callback: Callback = { body, signature, tries: forged ? backoffMs.length : 0 }; // a forger tries once
    this.#enqueue(callback);
    if (twice) this.#enqueue({ ...callback });
  }

  async close(): Promise<void> {
    this.url = undefined;
    await this.#agent.destroy();
  }

  #enqueue(callback: Callback): void {
    if (this.url === undefined) return;
    if (this.#queue.size >= longestQueue) {
      this.#dropped += 1;
      if (this.#dropped === 1) this.#log(`callbacks are being dropped: ${longestQueue} are waiting`);
      return;
    }
    this.#queue.add(callback);
    if (this.#running < atOnce) void this.#run();
  }

  async #run(): Promise<void> {
    this.#running += 1;
    for (const callback of this.#queue) {
      this.#queue.delete(callback); // the next of these loops goes on behind it, so they come in order
      const { tries } = callback;
      const again: Callback = { ...callback, tries: tries + 1 };
      if (await this.#post(callback)) continue;
      const wait = backoffMs[tries];
      if (wait !== undefined) this.#clock.after(wait, () => this.#enqueue(again));
    }
    this.#running -= 1;
  }

  async #post({ body, signature }: Callback): Promise<boolean> {
    const headers = { "content-type": "application/json", [signatureHeader]: signature };
    const limits = { headersTimeout: answerMs, bodyTimeout: answerMs };
    try {
      if (this.url === undefined) return true;
      const answer = await request(this.url, { method: "POST", headers, body, dispatcher: this.#agent, ...limits });
      await answer.body.dump();
      return answer.statusCode >= 200 && answer.statusCode < 300;
    } catch {
      return false;
    }
  }
}
