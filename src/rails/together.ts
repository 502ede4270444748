import type { Dispatcher } from "undici";
import { exchange, type HttpAnswer, type HttpRequest } from "./http.ts";

/** One transfer on its way to the bank, and who waits for the answer to it. */
interface Sending {
  /** The transfer as JSON text, on one line. */
  readonly transfer: string;
  readonly leaves: () => void;
  readonly resolve: (answer: HttpAnswer) => void;
  readonly reject: (why: Error) => void;
}

/** So many transfers leave in one request, and so many characters. */
const mostTransfers = 100;
const mostCharacters = 256 * 1024;

/**
 * Transfers that are sent in the same turn of the event loop leave in one request, a line each, and the bank answers each on a line
 * of its own as soon as it can: none waits for another. What is sent alone is a plain request.
 */
export class Together {
  readonly #pool: Pick<Dispatcher, "dispatch">;
  readonly #path: string;
  readonly #limits: Pick<HttpRequest, "timeoutMs" | "mostBytes">;
  #gathered: Sending[] = [];
  #characters = 0;

  constructor(pool: Pick<Dispatcher, "dispatch">, path: string, limits: Pick<HttpRequest, "timeoutMs" | "mostBytes">) {
    this.#pool = pool;
    this.#path = path;
    this.#limits = limits;
  }

  /** Resolves with the bank's answer to this transfer. `leaves` as in {@link HttpRequest}: it keeps back this transfer alone. */
  send(transfer: string, leaves: () => void): Promise<HttpAnswer> {
    return new Promise((resolve, reject) => {
      const isFull = this.#characters + transfer.length > mostCharacters || this.#gathered.length === mostTransfers;
      if (isFull) this.#leave();
      this.#characters += transfer.length;
      if (this.#gathered.push({ transfer, leaves, resolve, reject }) === 1) setImmediate(() => this.#leave());
    });
  }

  #leave(): void {
    const [gathered, [first]] = [this.#gathered, this.#gathered];
    this.#gathered = [];
    this.#characters = 0;
    if (first === undefined) return; // it was full, and has left before
    if (gathered.length > 1) return this.#sendAll(gathered);
    const { transfer: body, leaves, resolve, reject } = first;
    const request = { method: "POST", path: this.#path, body, leaves, ...this.#limits } as const;
    exchange(this.#pool, request).then(resolve, reject);
  }

  #sendAll(gathered: Sending[]): void {
    const body = Buffer.from(gathered.map(({ transfer }) => `${transfer}\n`).join(""));
    const open = new Map(gathered.entries());
    const missing = (why: Error) => open.forEach(({ reject }) => reject(why));
    const leaves = () => {
      let start = 0;
      for (const [number, { transfer, leaves, reject }] of gathered.entries()) {
        const end = start + Buffer.byteLength(transfer);
        try {
          leaves();
        } catch (error) {
          open.delete(number);
          reject(error as Error);
          body.fill(" ", start, end); // a blank line: the others keep their numbers, and the request its length
        }
        start = end + 1;
      }
      if (open.size === 0) throw new Error("none of these transfers may leave");
    };
    const heard = (line: string) => {
      const { number, answer } = readLine(line) ?? {};
      if (number === undefined || answer === undefined) return;
      open.get(number)?.resolve(answer);
      open.delete(number);
    };
    const lines = new Lines(heard);
    const how = { method: "POST", path: this.#path, contentType: "application/x-ndjson", ...this.#limits } as const;
    exchange(this.#pool, { ...how, body, leaves, heard: (piece, status) => status === 200 && lines.add(piece) }).then(
      ({ status }) => missing(new Error(`the bank answered ${status}, and not to this transfer`)),
      missing,
    );
  }
}

/** Cuts what arrives into whole lines. */
class Lines {
  readonly #heard: (line: string) => void;
  #rest: Buffer[] = [];

  constructor(heard: (line: string) => void) {
    this.#heard = heard;
  }

  add(chunk: Buffer): void {
    let start = 0;
    for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, start)) {
      this.#rest.push(chunk.subarray(start, at));
      const [whole, only] = [this.#rest, this.#rest[0]!];
      this.#rest = [];
      start = at + 1;
      this.#heard((whole.length === 1 ? only : Buffer.concat(whole)).toString());
    }
    if (start < chunk.length) this.#rest.push(chunk.subarray(start));
  }
}

/** A line is the number of the transfer's own line, the status and the body, as they would have been without the others. */
function readLine(line: string): { readonly number: number; readonly answer: HttpAnswer } | undefined {
  const [, number, status, text] = /^(\d{1,4}) (\d{3}) (.*)$/.exec(line) ?? [];
  return text === undefined ? undefined : { number: Number(number), answer: { status: Number(status), text } };
}
