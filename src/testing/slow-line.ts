import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

/** A line to PostgreSQL that loses nothing and keeps the order of what is sent, but may be slow. */
export interface SlowLine {
  readonly url: string;
  /** How long a byte is under way, in each direction. May be changed while the line is in use. */
  delayMs: number;
  /** From now on nothing arrives, in either direction; not even that somebody has hung up. */
  stall(): void;
  flow(): void;
  close(): Promise<void>;
}

export async function slowLine(target: string): Promise<SlowLine> {
  const to = new URL(target);
  const open = new Set<Socket>();
  let flowing = Promise.resolve();
  let flow = () => {};

  /** Carries what `from` sends, and at last that it has hung up. */
  const carry = (from: Socket, into: Socket): void => {
    let last = Promise.resolve();
    const later = (arrive: () => void): void => {
      const underWay = delay(line.delayMs);
      last = last
        .then(() => underWay)
        .then(() => flowing)
        .then(arrive);
    };
    open.add(from);
    from.on("data", (chunk) => later(() => void (into.writable && into.write(chunk))));
    from.on("error", () => from.destroy());
    from.on("close", () => {
      open.delete(from);
      later(() => void into.end());
    });
  };
  const server = createServer((client) => {
    const upstream = connect(Number(to.port), to.hostname);
    carry(client, upstream);
    carry(upstream, client);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = new URL(target);
  [url.hostname, url.port] = ["127.0.0.1", String((server.address() as AddressInfo).port)];

  const line: SlowLine = {
    url: url.href,
    delayMs: 0,
    stall() {
      flow();
      flowing = new Promise((resolve) => (flow = resolve));
    },
    flow: () => flow(),
    async close() {
      flow();
      server.close();
      for (const socket of open) socket.destroy();
      await once(server, "close");
    },
  };
  return line;
}
