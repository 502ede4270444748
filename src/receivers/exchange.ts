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

/** The time for one call was up. */
export class OutOfTime extends Error {}

/** More of a receiver's answer is not read: the connection is dropped. */
export const mostBytes = 64 * 1024;

/** Interim answers (103 and the like) that a receiver may send before its answer. */
const mostInterim = 8;

/** One call, from waiting for a connection to the end of the answer's body, in `totalMs`. Never rejects. */
export function exchange(pool: Pick<Dispatcher, "dispatch">, request: Request, totalMs: number): Promise<Heard> {
  return new Promise((resolve) => {
    let controller: Dispatcher.DispatchController | undefined;
    let over: Error | undefined;
    let status: number | null = null;
    let headers: Heard["headers"] = {};
    let bytes = 0;
    let interim = 0;
    const chunks: Buffer[] = [];
    const end = (fault: Error | null, cut = false): void => {
      if (over !== undefined) return;
      over = fault ?? new Error("enough was read");
      clearTimeout(timer);
      if (fault !== null || cut) controller?.abort(over);
      resolve({ status, headers, body: Buffer.concat(chunks).subarray(0, mostBytes), cut, fault });
    };
    const timer = setTimeout(() => end(new OutOfTime()), totalMs);
    const handler: Dispatcher.DispatchHandler = {
      onRequestStart(started) {
        if (over !== undefined) throw over; // connected too late: nothing is sent any more
        controller = started;
      },
      onResponseStart(_, code, received) {
        if (code < 200) {
          if (++interim > mostInterim) end(new Error("interim answers without end"));
          return;
        }
        status = code;
        headers = received;
      },
      onResponseData(_, chunk) {
        if (over !== undefined) return;
        chunks.push(chunk);
        bytes += chunk.length;
        if (bytes > mostBytes) end(null, true);
      },
      onResponseEnd: () => end(null),
      onResponseError: (_, error) => end(error),
    };
    try {
      pool.dispatch({ ...request, body: request.body ?? null }, handler);
    } catch (error) {
      end(error as Error);
    }
  });
}
