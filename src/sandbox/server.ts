import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { answer, type Reaction } from "./answers.ts";
import { Bank } from "./bank.ts";
import { Books } from "./books.ts";
import { Callbacks } from "./callbacks.ts";
import { wallClock } from "./clock.ts";
import { fingerprintKey } from "./destination.ts";
import { lockFolder } from "./lock.ts";
import { answerEach, linesOfJson } from "./many.ts";
import { calm, Whims, type Mood } from "./mood.ts";
import { route, type Rooms } from "./routes.ts";

type Log = (message: string) => void;

export type SandboxBankOptions = {
  /** The folder of the books; made if it is not there. One bank at a time. */
  readonly dir: string;
  /** 0 for any that is free. */
  readonly port: number;
  readonly host?: string | undefined;
  readonly callbackUrl?: string | undefined;
  readonly callbackSecret: string;
  /** Goes wrong by itself that often; if left out, never. */
  readonly mood?: Mood | undefined;
  readonly log?: Log | undefined;
};

export type SandboxBank = {
  readonly url: string;
  readonly port: number;
  /** Where callbacks go from now on; undefined for nowhere. */
  setCallbackUrl(url: string | undefined): void;
  /** Cuts all connections, and gives the folder back. What was answered is on disk. */
  close(): Promise<void>;
};

/** Bytes: beyond the first a request is refused, beyond the second its connection is cut. */
const longestBody = 64 * 1024;
const longestPatience = 1024 * 1024;
/** More lines than that are not taken in one request. */
const mostLines = 1_000;
const tooLarge = answer(413, { error: "too_large" });

/**
 * Opens the sandbox bank. It stands for somebody else's computer: it shares no code and no database with the server
 * that sends to it, so its books can bear witness to what was paid, and how often.
 */
export async function startSandboxBank(options: SandboxBankOptions): Promise<SandboxBank> {
  const { dir, port, host = "127.0.0.1", callbackUrl, callbackSecret, mood = calm, log = () => undefined } = options;
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const unlock = lockFolder(dir);
  const clock = wallClock();
  const callbacks = new Callbacks(callbackUrl, callbackSecret, clock, log);
  let books: Books | undefined;
  const shut = async () => {
    clock.stop();
    await callbacks.close();
    await books?.close();
    unlock();
  };
  try {
    books = await Books.open(dir, log);
    const bank = new Bank(books, clock, (tidings, manner) => callbacks.tell(tidings, manner), new Whims(mood));
    const rooms: Rooms = { books, bank, callbacks, clock, key: fingerprintKey(dir) };
    const sayOnce = newsOnly(log);
    const server = createServer((request, response) => serve(rooms, request, response, sayOnce));
    // A sender keeps its connections, and must not find one closed at the moment it sends.
    server.keepAliveTimeout = 10 * 60_000;
    server.listen(port, host);
    await once(server, "listening");
    const { port: heard } = server.address() as AddressInfo;
    let closing: Promise<void> | undefined;
    const close = async () => {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
      await shut();
    };
    return {
      url: `http://${host.includes(":") ? `[${host}]` : host}:${heard}`,
      port: heard,
      setCallbackUrl: (url) => (callbacks.url = url),
      close: () => (closing ??= close()),
    };
  } catch (error) {
    await shut();
    throw error;
  }
}

function serve(rooms: Rooms, request: IncomingMessage, response: ServerResponse, log: Log): void {
  const { method = "", url = "" } = request;
  const areMany = method === "POST" && url === "/transfers" && request.headers["content-type"] === linesOfJson;
  const chunks: Buffer[] = [];
  let bytes = 0;
  request.on("error", () => undefined); // a sender that hangs up in mid-sentence has asked for nothing
  request.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= (areMany ? longestPatience : longestBody)) chunks.push(chunk);
    else if (bytes > longestPatience) request.socket.destroy();
  });
  const answered = (body: string) => {
    if (body.length > longestBody) return Promise.resolve(tooLarge);
    return new Promise<Reaction>((resolve) => resolve(route(rooms, method, url, body))).catch((error: unknown) => {
      log(`requests are not answered: ${String(error)}`);
      return answer(503, { error: "out_of_order" }); // mostly: the disk is full. What was booked is not known to us
    });
  };
  request.on("end", () => {
    const send = (reaction: Reaction) => reply(rooms, response, reaction);
    if (!areMany && bytes > longestBody) return send(tooLarge);
    const body = (chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)).toString();
    if (!areMany) return void answered(body).then(send);
    const transfers = body.split("\n");
    if (transfers.length > mostLines) return send(tooLarge);
    answerEach(transfers, answered, response, rooms.clock);
  });
}

function reply({ clock }: Rooms, response: ServerResponse, reaction: Reaction): void {
  if ("silentMs" in reaction) return clock.after(reaction.silentMs, () => response.destroy());
  const { status, body } = reaction;
  response.writeHead(status, { "content-type": "application/json", "content-length": Buffer.byteLength(body) });
  response.end(body);
}

/** Says the same thing once, however many requests meet it. */
function newsOnly(log: Log): Log {
  let last = "";
  return (message) => {
    if (message !== last) log(message);
    last = message;
  };
}
