import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";

/** One connection over a line. */
interface Call {
  readonly near: Socket;
  readonly far: Socket;
  /** Whether it was us who ended it. */
  cut: boolean;
  /** Something was sent over it, and nothing has come back since. */
  awaits: boolean;
  /** What comes back next is not to arrive. */
  muted: boolean;
}

/** Hears what goes over a line. */
export interface Listener {
  sent?(chunk: Buffer): void;
  /** A connection ended from the far side, or by us, while an answer was owed. */
  unanswered?(): void;
}

/**
 * A TCP line that can fail: between somebody who always dials the same port, and whoever is at the far end now. It lives in a
 * process that is never killed, so cutting it looks to both sides like a network that breaks.
 */
export class Line {
  readonly port: number;
  readonly #server: Server;
  readonly #calls = new Set<Call>();
  #blocked = false;
  #stalled = false;
  #muteAt: string | undefined;

  private constructor(server: Server) {
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
  }

  /** `farEnd`: the port of whoever is there now; undefined: nobody. */
  static async open(farEnd: () => number | undefined, listener: Listener = {}): Promise<Line> {
    const server = createServer({ pauseOnConnect: true, noDelay: true });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const line = new Line(server);
    server.on("connection", (near) => line.#take(near, farEnd(), listener));
    return line;
  }

  #take(near: Socket, to: number | undefined, listener: Listener): void {
    near.on("error", () => {});
    if (to === undefined || this.#blocked) return void near.resetAndDestroy();
    const far = connect({ port: to, host: "127.0.0.1", noDelay: true });
    const call: Call = { near, far, cut: false, awaits: false, muted: false };
    this.#calls.add(call);
    const end = () => {
      if (!this.#calls.delete(call)) return;
      if (call.awaits) listener.unanswered?.();
      near.destroy();
      far.destroy();
    };
    near.on("close", end);
    far.on("error", () => {}).on("close", end);
    near.on("data", (chunk: Buffer) => {
      call.awaits = true;
      listener.sent?.(chunk);
      if (this.#muteAt !== undefined && chunk.includes(this.#muteAt)) {
        this.#muteAt = undefined;
        call.muted = true;
      }
      far.write(chunk);
    });
    far.on("data", (chunk: Buffer) => {
      if (call.muted) return this.#cutOne(call);
      call.awaits = false;
      near.write(chunk);
    });
    if (!this.#stalled) near.resume();
    else far.pause();
  }

  #cutOne(call: Call): void {
    call.cut = true;
    call.near.resetAndDestroy();
    call.far.resetAndDestroy();
  }

  /** Breaks every connection. Returns how many there were. */
  cut(): number {
    const calls = [...this.#calls];
    for (const call of calls) this.#cutOne(call);
    return calls.length;
  }

  /** Nothing passes: what was open breaks, and nobody gets through until {@link heal}. */
  block(): void {
    this.#blocked = true;
    this.cut();
  }

  /** Everything stands still, as if the network swallowed it; {@link heal} lets it arrive late. */
  stall(): void {
    this.#stalled = true;
    for (const { near, far } of this.#calls) for (const socket of [near, far]) socket.pause();
  }

  /** The next message that holds `text` is passed on, and its answer is not. */
  loseAnswerTo(text: string): void {
    this.#muteAt = text;
  }

  heal(): void {
    this.#blocked = false;
    this.#stalled = false;
    this.#muteAt = undefined;
    for (const { near, far } of this.#calls) for (const socket of [near, far]) socket.resume();
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.cut();
    await closed;
  }
}
