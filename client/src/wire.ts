import { DisburseRefusal, DisburseSilence, type ErrorBody } from "./errors.ts";
import type { Settings } from "./options.ts";
import { isPayout, type Payout } from "./payout.ts";

/** What one request came to. `afterMs`: when the server wants to be asked again. */
export type Answer =
  | { readonly kind: "payout"; readonly payout: Payout }
  | { readonly kind: "refused"; readonly refusal: DisburseRefusal }
  /** Turned away before anything was done. */
  | { readonly kind: "busy"; readonly why: DisburseSilence; readonly afterMs: number }
  /** Nobody knows whether it was carried out. */
  | { readonly kind: "silent"; readonly why: DisburseSilence; readonly afterMs: number };

interface Raw {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  readonly text: string;
}

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
  create(handle: string, body: string, signal: AbortSignal | undefined): Promise<Answer> {
    return this.#ask("POST", "/v1/payout", handle, body, signal);
  }

  /** `GET /v1/payout/{handle}` */
  read(handle: string, signal: AbortSignal | undefined): Promise<Answer> {
    return this.#ask("GET", `/v1/payout/${encodeURIComponent(handle)}`, handle, undefined, signal);
  }

  async #ask(
    method: "GET" | "POST",
    path: string,
    handle: string,
    body: string | undefined,
    signal: AbortSignal | undefined,
  ): Promise<Answer> {
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

function understand({ status, headers, text }: Raw, handle: string): Answer {
  const silent = (what: string) => {
    const why = new DisburseSilence(what, status);
    return { kind: status === 429 ? "busy" : "silent", why, afterMs: afterMs(headers) } as const;
  };
  if (status === 429) return silent("429: too many requests");
  const body = parse(text);
  if (status === 200) {
    return isPayout(body, handle) ? { kind: "payout", payout: body } : silent("200, but not with this payout");
  }
  if (status < 400 || status >= 500 || !isErrorBody(body)) return silent(`an answer of ${status}, which says nothing`);
  return { kind: "refused", refusal: new DisburseRefusal(status, body) };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const isErrorBody = (body: unknown): body is ErrorBody =>
  typeof body === "object" && body !== null && "code" in body && Number.isInteger(body.code);

/** `Retry-After`, in seconds or as a date that is compared with the server's own clock; 0 without one. */
function afterMs(headers: Raw["headers"]): number {
  const asked = headers.get("retry-after");
  if (asked === null) return 0;
  const ms = /^\d+$/.test(asked) ? Number(asked) * 1_000 : Date.parse(asked) - Date.parse(headers.get("date") ?? "");
  return ms > 0 ? ms : 0;
}

/** What `fetch` has to say, which hides the reason in the cause of its error. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return "unknown";
  const { cause } = error;
  if (cause instanceof Error) return "code" in cause ? String(cause.code) : cause.message;
  return error.message;
}
