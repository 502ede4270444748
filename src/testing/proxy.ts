import { connect, createServer, type AddressInfo, type Socket } from "node:net";

/** What a proxy does with one message that a client sends: pass it on, cut before it, or pass it on and cut before its answer. */
export type Fate = "pass" | "cut_before" | "cut_answer";

/** A PostgreSQL behind a bad line: `fateOf` is asked about every chunk that clients send. */
export async function badLine(
  target: string,
  fateOf: (sent: string) => Fate,
): Promise<{ url: string; close(): Promise<void> }> {
  const to = new URL(target);
  const open = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(Number(to.port), to.hostname);
    const cut = () => [client, upstream].forEach((socket) => socket.destroy());
    let cutAnswer = false;
    for (const socket of [client, upstream]) {
      open.add(socket);
      socket.on("error", cut).on("close", () => {
        open.delete(socket);
        cut();
      });
    }
    client.on("data", (sent) => {
      const fate = fateOf(sent.toString("latin1"));
      if (fate === "cut_before") return cut();
      cutAnswer ||= fate === "cut_answer";
      upstream.write(sent);
    });
    upstream.on("data", (answer) => (cutAnswer ? cut() : client.write(answer)));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = new URL(target);
  url.port = String((server.address() as AddressInfo).port);
  url.hostname = "127.0.0.1";
  return {
    url: url.href,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of open) socket.destroy();
      }),
  };
}
