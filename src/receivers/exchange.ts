import type { Dispatcher } from "undici";

export interface Request {
  readonly method: "POST" | "GET";
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Buffer | undefined;
}

/** What came back, as far as it came. */
export interface Heard {
  /** Null: not even that. */
  readonly status: number | null;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
  /** Whether the body went on. */
  readonly cut: boolean;
  /** Why the answer is not whole; null: it is, or was cut by us. */
  readonly fault: Error | null;
}

/** Whether the answer was read to its end, so that nothing of it is left on the connection. */
export const isWhole = ({ fault, cut }: Heard): boolean => fault === null && !cut;

/** The time for one call was up. */
export class OutOfTime extends Error {}

/** There were interim answers only, and too many of them. */
export class TooTalkative extends Error {}

/** More of a receiver's answer is not read: the connection is dropped. */
export const mostBytes = 64 * 1024;

/** Interim answers (103 and the like) that a receiver may send before its answer. */
const mostInterim = 8;

/**
 * One call, from waiting for a connection to the end of the answer's body, in `totalMs`. Never rejects. Unless the answer is whole, the
 * call is still under way: the caller breaks the connection off. (To abort the call alone has undici connect once more for nothing.)
 */
export function exchange(client: Pick<Dispatcher, "dispatch">, request: Request, totalMs: number): Promise<Heard> {
  return new Promise((resolve) => {
    let over = false;
    let status: number | null = null;
    let headers: Heard["headers"] = {};
    let bytes = 0;
    let interim = 0;
    const chunks: Buffer[] = [];
    const end = (fault: Error | null, cut = false): void => {
      if (over) return;
      over = true;
      clearTimeout(timer);
      resolve({ status, headers, body: Buffer.concat(chunks).subarray(0, mostBytes), cut, fault });
    };
    const timer = setTimeout(() => end(new OutOfTime()), totalMs);
    const handler: Dispatcher.DispatchHandler = {
      onRequestStart() {}, // by which undici knows a handler of this kind
      onResponseStart(_, code, received) {
        if (code < 200) {
          if (++interim > mostInterim) end(new TooTalkative());
          return;
        }
        status = code;
        headers = received;
      },
      onResponseData(_, chunk) {
        if (over) return;
        chunks.push(chunk);
        bytes += chunk.length;
        if (bytes > mostBytes) end(null, true);
      },
      onResponseEnd: () => end(null),
      onResponseError: (_, error) => end(error),
    };
    try {
      client.dispatch({ ...request, body: request.body ?? null }, handler);
    } catch (error) {
      end(error as Error);
    }
  });
}
