import { setTimeout as sleep } from "node:timers/promises";
import { request } from "undici";

/** Calls whichever server answers, again and again until one does. */
export class Caller {
  readonly #ports: () => readonly number[];
  #turn = 0;
  constructor(ports: () => readonly number[]) {
    this.#ports = ports;
  }

  async call(method: "GET" | "POST" | "PUT", path: string, authorization: string, body?: object): Promise<any> {
    for (let tries = 0; tries < 600; tries += 1) {
      const ports = this.#ports();
      const port = ports[(this.#turn += 1) % ports.length]!;
      try {
        const answer = await request(`http://127.0.0.1:${port}${path}`, {
          method,
          headers: { authorization, "content-type": "application/json" },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
          headersTimeout: 12_000,
        });
        const text = await answer.body.text();
        if (answer.statusCode < 300) return JSON.parse(text);
        if (answer.statusCode === 400 && /"code":13[34]\b/.test(text)) return undefined; // it is known: the answer was lost
        if (answer.statusCode < 500 && answer.statusCode !== 429)
          throw new Refused(`${path}: ${answer.statusCode} ${text}`);
      } catch (error) {
        if (error instanceof Refused) throw error; // else nobody is there just now
      }
      await sleep(100);
    }
    throw new Error(`${path}: no server has answered for a minute`);
  }
}

class Refused extends Error {}
