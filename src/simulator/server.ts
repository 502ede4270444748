import { createHmac, createSecretKey } from "node:crypto";
import type { Dialect, Route } from "../dialects/dialect.ts";
import { frisbiiDialect } from "../dialects/frisbii/routes.ts";
import { sandboxDialect } from "../dialects/sandbox/sandbox.ts";
import type { Asked, Reader, Services, Told } from "../dialects/services.ts";
import { worldlineDialect } from "../dialects/worldline/routes.ts";
import type { Tools } from "../flow/intent.ts";
import { faultOf } from "../http/faults.ts";
import { startIds } from "../ids.ts";
import { startPayments, type Payments, type PaymentStore } from "../payments.ts";
import type { Rail } from "../rails/rail.ts";
import { orderKey } from "../references.ts";
import { openDestination, sealAccount, sealCard, type NewAccount, type NewCard } from "../vault/cards.ts";
import type { Chance } from "./chance.ts";
import { fingerprintKey, openVault } from "./data-keys.ts";
import type { Process } from "./process.ts";

/** What somebody sends over the network. */
export interface Request {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: object | undefined;
}

export interface ServerPorts {
  readonly process: Process;
  readonly store: PaymentStore;
  readonly reader: Reader;
  readonly rails: readonly Rail[];
  readonly tools: Tools;
  readonly chance: Chance;
  readonly keys: Keys;
  readonly pace: number;
  /** Milliseconds since 1970, by this machine's clock. */
  wall(): number;
  log(event: Record<string, unknown>, message: string): void;
}

/** Who may call. Found at once: how keys are looked up is not what is simulated. */
export interface Keys {
  frisbii(hash: Buffer): { merchantId: string; keyId: string } | undefined;
  worldline(
    keyId: string,
  ): { keyId: string; merchantId: string; worldlineMerchantId: string; secret: string } | undefined;
}

export const callbackSecret = "the simulated bank's secret";
export const signCallback = (body: string): string => createHmac("sha256", callbackSecret).update(body).digest("hex");

/** One server: the production code of dialects, flows and engine, put together as the real one is, over simulated ports. */
export class Server {
  readonly process: Process;
  readonly payments: Payments;
  readonly #ports: ServerPorts;
  readonly #routes: { dialect: Dialect; route: Route; pattern: RegExp; names: string[] }[];
  #requests = 0;

  constructor(ports: ServerPorts) {
    this.#ports = ports;
    this.process = ports.process;
    const { process, store, reader, rails, tools, chance, keys, pace, log } = ports;
    const clock = process.clock(() => chance.next());
    const vault = openVault(chance, () => clock.monotonic());
    this.payments = startPayments({
      store,
      rails,
      tools,
      openVault: (item) => openDestination(vault, item),
      clock,
      pace,
      log,
    });
    const random = (bytes: number) => chance.bytes(bytes);
    const services = {
      accept: (...[request, waits]: Parameters<Services["accept"]>) =>
        this.payments.dispatcher.accept(request, 10_000, waits),
      commit: this.payments.committer.commit,
      reader,
      ids: startIds(() => ports.wall(), random),
      sealCard: (card: NewCard) => sealCard({ vault, fingerprintKey }, card),
      sealAccount: (account: NewAccount) => sealAccount({ vault, fingerprintKey }, account),
    };
    const frisbii = frisbiiDialect(services, {
      findKey: (hash) => Promise.resolve(keys.frisbii(hash)),
      keys: { create: notAsked, list: notAsked, revoke: notAsked, ofHash: notAsked, findPublic: notAsked },
      browserSecret: Buffer.alloc(32, 2),
      url: () => "http://simulated",
    });
    const worldline = worldlineDialect(services, {
      findKey: (keyId) => Promise.resolve(keys.worldline(keyId)),
      orderKey: (merchantId) => orderKey(createSecretKey(Buffer.alloc(32, 1)), merchantId),
      timezone: "Europe/Amsterdam",
      url: () => "http://simulated",
    });
    const sandbox = sandboxDialect({
      services,
      frisbii,
      callbackSecret,
      hint: (reference) => this.payments.hint(reference),
    });
    this.#routes = [sandbox, frisbii, worldline].flatMap((dialect) =>
      dialect.routes.map((route) => ({ dialect, route, ...compile(route.path) })),
    );
  }

  /** Answers as the HTTP server would, which is a shell around this. */
  async answer(request: Request): Promise<Told> {
    for (const { dialect, route, pattern, names } of this.#routes) {
      const match = route.method === request.method ? pattern.exec(request.path) : null;
      if (match === null) continue;
      const params = Object.fromEntries(names.map((name, at) => [name, decodeURIComponent(match[at + 1]!)]));
      const asked = this.#toAsked(request, params);
      try {
        const caller = route.open === true ? { merchantId: null, keyId: "anyone" } : await dialect.authenticate(asked);
        return "status" in caller ? caller : await route.handle(asked, caller);
      } catch (error) {
        const fault = faultOf(error);
        this.#ports.log({ err: error, fault: fault.kind }, "a request failed");
        return dialect.refuse(fault, asked);
      }
    }
    throw new Error(`no route ${request.method} ${request.path}`);
  }

  #toAsked({ method, path, headers, body }: Request, params: Record<string, string>): Asked {
    this.#requests += 1;
    const rawBody = Buffer.from(body === undefined ? "" : JSON.stringify(body));
    const requestId = this.#requests.toString(16).padStart(32, "0");
    const query = new URLSearchParams();
    return { method, path, target: path, params, query, headers, body, rawBody, requestId, now: this.#ports.wall() };
  }
}

const notAsked = () => Promise.reject(new Error("no simulated client asks for this"));

function compile(path: string): { pattern: RegExp; names: string[] } {
  const names: string[] = [];
  const pattern = path.replace(/:(\w+)/g, (_, name: string) => {
    names.push(name);
    return "([^/]+)";
  });
  return { pattern: new RegExp(`^${pattern}$`), names };
}
