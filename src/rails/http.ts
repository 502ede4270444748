import type { Dispatcher } from "undici";

export interface HttpRequest {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly body?: string | Buffer | undefined;
  /** What the body is; JSON, if left out. */
  readonly contentType?: string;
  /** For the whole exchange, waiting for a connection included, so that a bank that drips bytes is cut off too. */
  readonly timeoutMs: number;
  /** An answer that is longer is none. */
  readonly mostBytes: number;
  /**
   * Called when there is a connection, right before the first byte is written to it; by throwing it keeps everything from being
   * written. Once the time is up nothing is written either.
   */
  readonly leaves?: (() => void) | undefined;
  /** Told of the answer's body piece by piece, as it arrives; the answer's text is then empty. */
  readonly heard?: (piece: Buffer, status: number) => void;
}

export interface HttpAnswer {
  readonly status: number;
  readonly text: string;
}

/** One request and its whole answer. Rejects when there is none, or when nothing was sent. Redirects are not followed. */
export function exchange(pool: Pick<Dispatcher, "dispatch">, request: HttpRequest): Promise<HttpAnswer> {
  const { method, path, body, contentType = "application/json", timeoutMs, mostBytes, leaves, heard } = request;
  const headers = body === undefined ? {} : { "content-type": contentType };
  return new Promise((resolve, reject) => {
    let controller: Dispatcher.DispatchController | undefined;
    let over: Error | undefined;
    const timer = setTimeout(() => end(new Error("the bank took too long")), timeoutMs);
    const end = (why: Error) => {
      over ??= why;
      clearTimeout(timer);
      controller?.abort(over);
      reject(over);
    };
    let status = 0;
    let bytes = 0;
    const chunks: Buffer[] = [];
    const handler: Dispatcher.DispatchHandler = {
      onRequestStart(started) {
        if (over !== undefined) throw over;
        leaves?.();
        controller = started;
      },
      onResponseStart(_, statusCode) {
        status = statusCode;
      },
      onResponseData(_, chunk) {
        bytes += chunk.length;
        if (bytes > mostBytes) end(new Error("the bank's answer is too long"));
        else if (heard !== undefined) heard(chunk, status);
        else chunks.push(chunk);
      },
      onResponseEnd() {
        clearTimeout(timer);
        resolve({ status, text: Buffer.concat(chunks).toString() });
      },
      onResponseError: (_, error) => end(error),
    };
    pool.dispatch({ method, path, headers, ...(body === undefined ? {} : { body }) }, handler);
  });
}
