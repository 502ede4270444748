import { connect } from "node:net";

const answerWithinMs = 30_000;

/** One HTTP/1.1 connection that is kept, with one request at a time on it: as little work for whoever asks as there can be. */
export class Line {
  #port;
  #host;
  #socket;
  #bytes;
  #waiting;

  constructor(url) {
    const { hostname, port } = new URL(url);
    this.#host = hostname;
    this.#port = Number(port);
  }

  /** Sends a request as text; resolves with its answer. Rejects when there is none. */
  ask(text) {
    this.#socket ??= this.#open();
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#socket.write(text);
    });
  }

  /** Connects now, so that the first request need not. */
  connect() {
    this.#socket ??= this.#open();
    return new Promise((resolve) => this.#socket.once("connect", resolve).once("close", resolve));
  }

  close() {
    this.#socket?.destroy();
  }

  #open() {
    const socket = connect({ host: this.#host, port: this.#port, noDelay: true });
    socket.setTimeout(answerWithinMs, () => socket.destroy(new Error("no answer in time")));
    socket.on("data", (chunk) => this.#take(chunk));
    socket.on("error", (error) => this.#fail(error));
    socket.on("close", () => {
      if (this.#socket === socket) this.#socket = undefined;
      this.#fail(new Error("the connection was closed"));
    });
    return socket;
  }

  #take(chunk) {
    const bytes = this.#bytes === undefined ? chunk : Buffer.concat([this.#bytes, chunk]);
    this.#bytes = bytes;
    const end = bytes.indexOf("\r\n\r\n");
    if (end < 0) return;
    const head = bytes.latin1Slice(0, end);
    const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
    if (bytes.length < end + 4 + length) return;
    this.#bytes = undefined;
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.resolve({ status: Number(head.slice(9, 12)), body: bytes.utf8Slice(end + 4, end + 4 + length) });
  }

  #fail(error) {
    this.#bytes = undefined;
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.reject(error);
  }
}

/** A request as text. */
export const request = (method, path, headers, body = "") =>
  `${method} ${path} HTTP/1.1\r\nhost: bench\r\ncontent-length: ${Buffer.byteLength(body)}\r\n${Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join("")}\r\n${body}`;
