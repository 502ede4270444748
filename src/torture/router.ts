import { request } from "undici";
import type { Chance } from "./chance.ts";

/** How often servers are asked whether they are well, and how long they may take to say so. */
const everyMs = 300;
const patienceMs = 800;
/** The share of requests that go anywhere all the same: a load balancer learns late who is dead. */
const carelessShare = 0.1;

/** What stands before the servers, as a load balancer does: requests go by chance to one of those that are well. */
export class Router {
  readonly #ports: readonly number[];
  readonly #isWell: boolean[];
  readonly #timer: NodeJS.Timeout;

  constructor(ports: readonly number[]) {
    this.#ports = ports;
    this.#isWell = ports.map(() => true);
    this.#timer = setInterval(() => ports.forEach((port, n) => void this.#look(port, n)), everyMs);
  }

  async #look(port: number, n: number): Promise<void> {
    const signal = AbortSignal.timeout(patienceMs);
    try {
      const { statusCode, body } = await request(`http://127.0.0.1:${port}/health`, { signal });
      await body.dump();
      this.#isWell[n] = statusCode === 200;
    } catch {
      this.#isWell[n] = false;
    }
  }

  /** The number of a server. */
  pick(chance: Chance): number {
    const all = this.#ports.map((_, n) => n);
    const well = all.filter((n) => this.#isWell[n]);
    return chance.pick(well.length === 0 || chance.falls(carelessShare) ? all : well);
  }

  close(): void {
    clearInterval(this.#timer);
  }
}
