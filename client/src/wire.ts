import { DisburseSilence } from "./errors.ts";
import type { Settings } from "./options.ts";
import { understand, type Missed, type Raw, type Said } from "./answer.ts";

/** Asks, once per call, and says what kind of answer came. Throws nothing. */
export class Wire {
  readonly #base: string;
  readonly #authorization: string;
  readonly #settings: Settings;

  constructor(base: string, privateKey: string, settings: Settings) {
    this.#base = base;
    this.#authorization = `Basic ${Buffer.from(`${privateKey}:`).toString("base64")}`;
    this.#settings = settings;
  }

  /** `POST /v1/payout` with `body`, as it is. */
  create(handle: string, body: string, signal: AbortSignal | undefined): Promise<Said | Missed> {
    return this.#ask("POST", "/v1/payout", handle, body, signal);
  }

  /** `GET /v1/payout/{handle}` */
  read(handle: string, signal: AbortSignal | undefined): Promise<Said | Missed> {
    return this.#ask("GET", `/v1/payout/${encodeURIComponent(handle)}`, handle, undefined, signal);
  }

  async #ask(
    method: "GET" | "POST",
    path: string,
    handle: string,
    body: string | undefined,
    signal: AbortSignal | undefined,
  ): Promise<Said | Missed> {
    try {
      return understand(await this.#exchange(method, path, body, signal), handle);
    } catch (error) {
      return { kind: "silent", why: new DisburseSilence(`no answer: ${reasonOf(error)}`), afterMs: 0 };
    }
  }

  /** The whole answer, or an error: in time, and without following it elsewhere. */
  async #exchange(method: "GET" | "POST", path: string, body: string | undefined, signal?: AbortSignal): Promise<Raw> {
    const { fetch, sleep, timeoutMs } = this.#settings;
    const stop = new AbortController();
    const quit = () => stop.abort();
    if (signal?.aborted === true) throw new Error("aborted");
    signal?.addEventListener("abort", quit, { once: true });
    const ask = async (): Promise<Raw> => {
      const content: Record<string, string> = body === undefined ? {} : { "content-type": "application/json" };
      const answer = await fetch(this.#base + path, {
        method,
        headers: { authorization: this.#authorization, accept: "application/json", ...content },
        ...(body !== undefined && { body }),
        redirect: "manual",
        signal: stop.signal,
      });
      return { status: answer.status, headers: answer.headers, text: await answer.text() };
    };
    const tooLong = () => {
      throw new Error(signal?.aborted === true ? "aborted" : `nothing within ${timeoutMs} ms`);
    };
    try {
      return await Promise.race([ask(), sleep(timeoutMs, stop.signal).then(tooLong, tooLong)]);
    } finally {
      signal?.removeEventListener("abort", quit);
      stop.abort(); // ends the timer, and the connection of a request that took too long
    }
  }
}

/** What `fetch` has to say, which hides the reason in the cause of its error. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return "unknown";
  const { cause } = error;
  if (cause instanceof Error) return "code" in cause ? String(cause.code) : cause.message;
  return error.message;
}
