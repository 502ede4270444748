import { hash } from "node:crypto";
import { STATUS_CODES, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from "node:http";
import type { Dialect } from "../dialects/dialect.ts";
import type { Asked } from "../dialects/services.ts";
import { cleanTarget } from "./asked.ts";
import { always, json } from "./tell.ts";

export interface DoorPorts {
  isShut(merchantId: string): boolean;
  sleep(ms: number): Promise<void>;
  requestId(): string;
  now(): number;
}

/** Who is refused is told so long after asking, and one looks so often who is to be told. */
export const holdBackMs = 400;
const tickMs = 20;

interface Known {
  readonly dialect: Dialect;
  readonly merchantId: string;
}

interface Held extends Known {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly askedAt: number;
}

/**
 * Refuses what is new of merchants who have too much waiting, before anything is made of the request: under a crowd that is most of what
 * there is to do. It knows who was refused behind it, until there is room for them again; all others it lets in.
 *
 * Everybody is told a while after they asked: a crowd that asks again as soon as it is refused would keep the server busy with refusing it.
 */
export class Door {
  readonly #ports: DoorPorts;
  /** By a digest of the header that they ask with. */
  readonly #known = new Map<string, Known>();
  readonly #held: Held[] = [];

  constructor(ports: DoorPorts) {
    this.#ports = ports;
  }

  /** This merchant has asked, and is refused for having too much waiting. */
  remember({ headers }: Asked, dialect: Dialect, merchantId: string): void {
    if (dialect.keyAlone === true && headers["authorization"] !== undefined)
      this.#known.set(digest(headers["authorization"]), { dialect, merchantId });
  }

  /** Stands before whatever answers the requests of `server`. */
  guard(server: Server): void {
    const inside = server.listeners("request") as RequestListener[];
    server.removeAllListeners("request");
    server.on("request", (request, response) => {
      if (!this.#turnsAway(request, response)) inside.forEach((listen) => listen.call(server, request, response));
    });
  }

  #turnsAway(request: IncomingMessage, response: ServerResponse): boolean {
    const { method, headers } = request;
    if (this.#known.size === 0 || headers.authorization === undefined || method === "GET" || method === "HEAD")
      return false;
    const key = digest(headers.authorization);
    const known = this.#known.get(key);
    if (known === undefined) return false;
    if (!this.#ports.isShut(known.merchantId)) return !this.#known.delete(key);
    if (!known.dialect.claims({ path: pathOf(request), headers: headersOf(request) })) return false;
    if (this.#held.push({ ...known, request, response, askedAt: this.#ports.now() }) === 1) void this.#tell();
    return true;
  }

  async #tell(): Promise<void> {
    while (this.#held.length > 0) {
      await this.#ports.sleep(tickMs);
      const now = this.#ports.now();
      const isEarly = ({ askedAt }: Held) => now >= askedAt && now < askedAt + holdBackMs; // a clock that goes back holds nobody
      const later = this.#held.findIndex(isEarly);
      this.#held.splice(0, later < 0 ? this.#held.length : later).forEach((held) => this.#refuse(held));
    }
  }

  /** Whatever goes wrong with one of them, all others are told. */
  #refuse(held: Held): void {
    try {
      this.#tellOne(held);
    } catch {
      held.response.destroy();
    }
  }

  #tellOne({ dialect, request, response, askedAt }: Held): void {
    const requestId = this.#ports.requestId();
    const asked: Asked = {
      method: request.method ?? "",
      target: request.url ?? "/",
      path: pathOf(request),
      params: {},
      query: new URLSearchParams(),
      headers: headersOf(request),
      body: undefined,
      rawBody: nothing,
      requestId,
      now: askedAt,
    };
    const { status, body, headers } = dialect.refuse({ kind: "overloaded" }, asked);
    const text = JSON.stringify(body);
    const length = Buffer.byteLength(text);
    const all = { ...always, "request-id": requestId, "content-type": json, "content-length": length, ...headers };
    response.writeHead(status, STATUS_CODES[status], all).end(text);
  }
}

const nothing = Buffer.alloc(0);
const digest = (authorization: string): string => hash("sha256", authorization, "base64");
const pathOf = ({ url = "/" }: IncomingMessage): string => cleanTarget(url).replace(/[?#].*$/s, "");
const headersOf = ({ headers }: IncomingMessage) => headers as Record<string, string | undefined>;
