import { createHmac, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Chance } from "../chance.ts";
import { mannerOf, type Mood } from "./mood.ts";

export type Format = "frisbii" | "worldline" | "standard";

/** A webhook that was taken: which one, what it tells, and when it came. */
export interface Taken {
  /** The id by which receivers know a repeat. */
  readonly id: string;
  /** The event in words that all three formats can be compared by: see `told.ts`. */
  readonly told: string;
  readonly at: number;
  /** When it happened, by its own word; null: its format does not say so to the millisecond. */
  readonly happenedAt: number | null;
}

/** A merchant's server: takes webhooks of one format, or does not, as its mood is. It lives in the process that is never killed. */
export class Receiver {
  readonly format: Format;
  readonly mood: Mood;
  readonly taken: Taken[] = [];
  calls = 0;
  /** Webhooks whose signature was wrong. */
  forged = 0;
  /** Calls at a time: ten at most are allowed. */
  mostAtATime = 0;
  secret = "";
  endpointId = "";
  readonly #chance: Chance;
  readonly #server: Server;
  #open = 0;
  #moodySince: number | undefined;

  private constructor(format: Format, mood: Mood, chance: Chance) {
    this.format = format;
    this.mood = mood;
    this.#chance = chance;
    this.#server = createServer((request, response) => void this.#answer(request, response));
    this.#server.keepAliveTimeout = 30_000;
  }

  static async open(format: Format, mood: Mood, chance: Chance): Promise<Receiver> {
    const receiver = new Receiver(format, mood, chance);
    await new Promise<void>((resolve) => receiver.#server.listen(0, "127.0.0.1", resolve));
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/webhooks`;
  }

  /** From now on it is as its mood is; `false`: it takes everything. */
  beMoody(moody: boolean): void {
    this.#moodySince = moody ? performance.now() : undefined;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.calls += 1;
    this.#open += 1;
    response.on("close", () => (this.#open -= 1));
    this.mostAtATime = Math.max(this.mostAtATime, this.#open);
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const since = this.#moodySince === undefined ? undefined : (performance.now() - this.#moodySince) / 1_000;
    const manner = mannerOf(this.mood, this.#chance, since);
    if (manner === "hang") return;
    if (manner === "redirect") return void response.writeHead(302, { location: "/elsewhere" }).end();
    if (manner === "fail") return void response.writeHead(500).end("not now");
    const taken = this.#read(request, Buffer.concat(chunks));
    if (taken === undefined) this.forged += 1;
    else this.taken.push(taken);
    response.writeHead(taken === undefined ? 401 : 204).end();
  }

  /** Undefined: its signature is wrong. */
  #read({ headers }: IncomingMessage, raw: Buffer): Taken | undefined {
    const at = Date.now();
    const body = JSON.parse(raw.toString());
    const mac = (key: string | Buffer, text: string | Buffer) => createHmac("sha256", key).update(text);
    switch (this.format) {
      case "frisbii": {
        if (!same(body.signature, mac(this.secret, body.timestamp + body.id).digest("hex"))) return undefined;
        const told =
          body.payout === undefined ? `${body.customer} ${body.event_type}` : `${body.payout} ${body.event_type}`;
        return { id: body.id, told, at, happenedAt: Date.parse(body.timestamp) };
      }
      case "worldline": {
        if (!same(headers["x-gcs-signature"], mac(this.secret, raw).digest("base64"))) return undefined;
        return { id: body.id, told: `${BigInt(body.payout.id.slice(-20))} ${body.type}`, at, happenedAt: null };
      }
      case "standard": {
        const id = String(headers["webhook-id"]);
        const key = Buffer.from(this.secret.replace(/^whsec_/, ""), "base64");
        const signature = `v1,${mac(key, `${id}.${String(headers["webhook-timestamp"])}.${raw.toString()}`).digest("base64")}`;
        if (!same(headers["webhook-signature"], signature)) return undefined;
        const { payout, customer, kind } = body.data;
        const told = payout === undefined ? `${customer} ${kind}` : `${payout.handle} ${payout.version}`;
        return { id, told, at, happenedAt: Date.parse(body.timestamp) };
      }
    }
  }
}

function same(given: unknown, right: string): boolean {
  const [one, other] = [Buffer.from(String(given)), Buffer.from(right)];
  return one.length === other.length && timingSafeEqual(one, other);
}
