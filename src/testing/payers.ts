import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { signedHeaders, type ConnectKey } from "./connect.ts";
import type { Started } from "./started.ts";

/** The API through which a client asks. */
export type Door = "frisbii" | "worldline";

/** A payout that the server has said it took on. */
export interface Told {
  readonly door: Door;
  /** The handle, or the id that the server gave it. */
  readonly name: string;
}

/** A merchant of a running server, as its clients are: each asks the same again until it is told. */
export class Payer {
  readonly id: string;
  readonly #url: string;
  readonly #privateKey: string;
  readonly #connectKey: ConnectKey;
  #card = "";

  private constructor(url: string, made: any) {
    this.#url = url;
    this.id = made.merchant.id;
    this.#privateKey = made.frisbii.private_key;
    this.#connectKey = made.worldline;
  }

  /** A new merchant with money and a saved card, whose payouts need no approval. */
  static async of(server: Started, handle: string): Promise<Payer> {
    const approval = { frisbii: false, worldline: false };
    const { body } = await server.admin("POST", "/admin/merchants", { handle, currency: "EUR", approval });
    const payer = new Payer(server.demo.url, body);
    const money = { reference: "start", currency: "EUR", amount_minor: 1_000_000_000 };
    await server.admin("POST", `/admin/merchants/${payer.id}/funds`, money);
    const number = { number: "4111111111111111", cvv: "123", exp_month: 12, exp_year: 2039 };
    const token = await payer.frisbii("POST", "/sandbox/card-tokens", number);
    const saved = { source: token.body.id, customer: { handle: "customer-1" } };
    payer.#card = (await payer.frisbii("POST", "/v1/payment_method", saved)).body.id;
    assert.ok(payer.#card, "a card was saved");
    return payer;
  }

  /** The demo merchant, which has no saved card of this payer's. */
  static demo({ demo }: Started): Payer {
    return new Payer(demo.url, demo);
  }

  /** One request of the Frisbii API. */
  frisbii(method: string, path: string, body?: object): Promise<Answer> {
    const authorization = `Basic ${Buffer.from(`${this.#privateKey}:`).toString("base64")}`;
    return ask(this.#url + path, method, { authorization, "content-type": "application/json" }, body);
  }

  /** One request of the Worldline API; `path` is what stands behind the merchant's number. */
  worldline(method: string, path: string, body?: object, headers: Record<string, string> = {}): Promise<Answer> {
    const target = `/v1/${this.#connectKey.merchant_id}${path}`;
    return ask(this.#url + target, method, signedHeaders(this.#connectKey, method, target, headers), body);
  }

  /**
   * A payout to the card, or through the Worldline API to an account. Resolves when the server has taken it on. What is no
   * answer goes to `hear`, and the same is asked again.
   */
  async pay(door: Door, name: string, hear: (fault: Fault) => void = () => {}): Promise<Told> {
    for (;;) {
      const startedAt = performance.now();
      const answer = await (door === "frisbii" ? this.#payCard(name) : this.#payAccount(name));
      const { status, body } = answer;
      const isFault = status === 0 || status >= 500;
      if (isFault) {
        if (status !== 0) assertOwnWords(door, answer);
        hear({ status, afterMs: performance.now() - startedAt });
      }
      if (isFault || (status === 409 && door === "worldline")) {
        // or the request before is still being looked at
        await delay(200);
        continue;
      }
      const known = status === 400 && (body.code === 133 || body.code === 134); // an earlier try was taken on
      assert.ok(known || status === 200 || status === 201, `${door} ${name}: ${status} ${JSON.stringify(body)}`);
      return { door, name: door === "frisbii" ? name : body.id };
    }
  }

  #payCard(handle: string): Promise<Answer> {
    return this.frisbii("POST", "/v1/payout", { handle, destination: this.#card, amount: 100, currency: "EUR" });
  }

  #payAccount(key: string): Promise<Answer> {
    const order = {
      bankTransferPayoutMethodSpecificInput: {
        bankAccountIban: { accountHolderName: "Wile E. Coyote", iban: "IT60X0542811101000000123456" },
      },
      payoutDetails: { amountOfMoney: { amount: 100, currencyCode: "EUR" } },
    };
    return this.worldline("POST", "/payouts", order, { "x-gcs-idempotence-key": key });
  }

  /** Whether the payout was paid, as its API tells it; undefined while it is open. */
  async isPaid({ door, name }: Told): Promise<boolean | undefined> {
    const path = door === "frisbii" ? `/v1/payout/${name}` : `/payouts/${name}`;
    const { status, body } = door === "frisbii" ? await this.frisbii("GET", path) : await this.worldline("GET", path);
    assert.equal(status, 200, `${door} ${name} was taken on, and is not there: ${JSON.stringify(body)}`);
    const state: string = door === "frisbii" ? body.state : body.status;
    return ["processing", "PAYOUT_REQUESTED"].includes(state)
      ? undefined
      : ["paid", "ACCOUNT_CREDITED"].includes(state);
  }
}

/** No answer (status 0), or one that says to ask again, and how long it took. */
export interface Fault {
  readonly status: number;
  readonly afterMs: number;
}

/** An answer over HTTP; status 0: there was none. */
export interface Answer {
  readonly status: number;
  readonly body: any;
  readonly headers: Headers;
}

async function ask(url: string, method: string, headers: Record<string, string>, body?: object): Promise<Answer> {
  try {
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    const answer = await fetch(url, { method, headers, ...sent });
    const text = await answer.text();
    return { status: answer.status, body: text === "" ? undefined : JSON.parse(text), headers: answer.headers };
  } catch (error) {
    if (error instanceof SyntaxError) throw error; // it was an answer, and not in JSON
    return { status: 0, body: undefined, headers: new Headers() };
  }
}

/** A 5xx in the words of its API: a fault that says "try again", never a bare error of the framework. */
export function assertOwnWords(door: Door, { status, body, headers }: Answer): void {
  const said = `${status} ${JSON.stringify(body)}`;
  assert.ok(status === 500 || status === 503, said);
  if (status === 503) assert.ok(headers.get("retry-after"), `when to try again: ${said}`);
  if (door === "frisbii") {
    assert.deepEqual([body.code, body.http_status], [2, status], said);
    for (const member of ["error", "path", "timestamp", "http_reason", "request_id"]) assert.ok(body[member], said);
  } else {
    assert.match(body.errorId, /^[0-9a-f-]{36}$/, said);
    assert.equal(body.errors[0].httpStatusCode, status, said);
    for (const member of ["category", "code", "id", "message"]) assert.ok(body.errors[0][member], said);
  }
}
