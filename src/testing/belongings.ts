import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { send, signedHeaders, type Raw } from "./connect.ts";
import type { Started } from "./started.ts";

/** What a request can name that belongs to one merchant. */
export type Kind = keyof Belongings["make"];

/** A merchant with its keys. */
export interface Someone {
  readonly id: string;
  readonly handle: string;
  readonly frisbii: string;
  readonly worldline: { readonly merchant_id: string; readonly key_id: string; readonly secret: string };
}

const hex = (digits: number): string => randomBytes(digits / 2).toString("hex");
const cards = ["4111111111111111", "5500000000000004"];
let merchants = 0;

/** Things of one merchant, made over the APIs when they are first asked for. */
export class Belongings {
  readonly #server: Started;
  readonly who: Someone;
  readonly #card: string;
  readonly #made = new Map<Kind, Promise<string>>();

  constructor(server: Started, who: Someone, card = cards[0]!) {
    this.#server = server;
    this.who = who;
    this.#card = card;
  }

  /** A new merchant with money, who is told of what happens. */
  static async ofNew(server: Started): Promise<Belongings> {
    const handle = `merchant-${hex(8)}`;
    const { body } = await server.admin("POST", "/admin/merchants", { handle, currency: "EUR" });
    const who = { id: body.merchant.id, handle, frisbii: body.frisbii.private_key, worldline: body.worldline };
    await server.admin("POST", `/admin/merchants/${who.id}/funds`, {
      reference: "first",
      currency: "EUR",
      amount_minor: 1_000_000,
    });
    const agreement = { id: `agreement-${hex(8)}`, rail: "sandbox", brands: [], currencies: [], payout: true };
    await server.admin("PUT", `/admin/merchants/${who.id}/agreements`, { agreements: [agreement] });
    const made = new Belongings(server, who, cards[merchants++ % cards.length]);
    made.#made.set("agreement", Promise.resolve(agreement.id));
    const urls = [`https://${handle}.example.com/hook`];
    await made.call("PUT", "/v1/account/webhook_settings", { urls, disabled: false });
    return made;
  }

  /** The same merchant, with things that are not there yet. */
  anew(): Belongings {
    const anew = new Belongings(this.#server, this.who, this.#card);
    anew.#made.set("agreement", this.#made.get("agreement")!);
    return anew;
  }

  of(kind: Kind): Promise<string> {
    const known = this.#made.get(kind);
    if (known !== undefined) return known;
    const made = this.make[kind]();
    this.#made.set(kind, made);
    return made;
  }

  /** Everything that was made so far, by kind. */
  async all(): Promise<ReadonlyMap<Kind, string>> {
    return new Map(await Promise.all([...this.#made].map(async ([kind, made]) => [kind, await made] as const)));
  }

  /** Calls the Frisbii API. */
  async call(method: string, path: string, body?: object): Promise<any> {
    const headers = { authorization: basic(this.who.frisbii), "content-type": "application/json" };
    const told = await send(this.#server.demo.url, method, path, headers, body && JSON.stringify(body));
    return bodyOf(told, method, path);
  }
  async #admin(method: string, path: string, body?: object): Promise<any> {
    const told = await this.#server.admin(method, `/admin/merchants/${this.who.id}${path}`, body);
    assert.ok(told.status < 300, `${method} ${path}: ${told.status} ${JSON.stringify(told.body)}`);
    return told.body;
  }
  async #worldline(path: string, body: object): Promise<any> {
    const target = `/v1/${this.who.worldline.merchant_id}${path}`;
    const headers = signedHeaders(this.who.worldline, "POST", target);
    return bodyOf(await send(this.#server.demo.url, "POST", target, headers, JSON.stringify(body)), "POST", path);
  }

  readonly make = {
    customer: async (): Promise<string> =>
      (await this.call("POST", "/v1/customer", { handle: `customer-${hex(16)}`, first_name: `Name-${hex(16)}` }))
        .handle,
    token: async (): Promise<string> =>
      (
        await this.call("POST", "/sandbox/card-tokens", {
          number: this.#card,
          cvv: "123",
          exp_month: 12,
          exp_year: 2039,
        })
      ).id,
    method: async (): Promise<string> => {
      const source = await this.make.token();
      return (await this.call("POST", "/v1/payment_method", { source, customer_handle: await this.of("customer") })).id;
    },
    inactive: async (): Promise<string> => {
      const id = await this.make.method();
      return (await this.call("POST", `/v1/payment_method/${id}/inactivate`)).id;
    },
    failed: async (): Promise<string> => {
      const id = await this.make.method();
      return (await this.call("POST", `/sandbox/payment-methods/${id}/state`, { state: "failed" })).id;
    },
    payout: async (): Promise<string> => {
      const body = { handle: `payout-${hex(16)}`, destination: await this.of("method"), amount: 100 };
      return (await this.call("POST", "/v1/payout", body)).handle;
    },
    transaction: async (): Promise<string> =>
      (await this.call("GET", `/v1/payout/${await this.of("payout")}`)).transactions[0].id,
    privateKey: async (): Promise<string> => (await this.call("POST", "/v1/account/privkey", {})).key,
    publicKey: async (): Promise<string> => (await this.call("POST", "/v1/account/pubkey", {})).key,
    keyId: async (): Promise<string> => (await this.call("POST", "/v1/account/privkey", {})).id,
    agreement: (): Promise<string> => Promise.reject(new Error("a merchant is made with an agreement")),
    session: async (): Promise<string> => (await this.#session()).session,
    account: async (): Promise<string> => (await this.#session()).account,
    event: async (): Promise<string> => {
      const path = `/v1/event?customer=${await this.of("customer")}`;
      return (await this.call("GET", path)).content[0].id;
    },
    webhook: async (): Promise<string> => {
      return (await this.call("GET", `/v1/webhook/${await this.of("event")}`))[0].id;
    },
    endpoint: async (): Promise<string> => (await this.#admin("GET", "/endpoints")).endpoints[0].id,
    /** An endpoint that signs with two secrets. */
    ownEndpoint: async (): Promise<string> => {
      const url = `https://${this.who.handle}.example.com/${hex(16)}`;
      const { id } = await this.#admin("POST", "/endpoints", { format: "standard", url });
      await this.#admin("POST", `/endpoints/${id}/secret`);
      return id as string;
    },
    secret: async (): Promise<string> => {
      const { secrets } = await this.#admin("GET", `/endpoints/${await this.of("ownEndpoint")}`);
      return secrets[0].id;
    },
    merchant: (): Promise<string> => Promise.resolve(this.who.id),
    worldlineMerchant: (): Promise<string> => Promise.resolve(this.who.worldline.merchant_id),
    /** One that waits for approval. */
    worldlinePayout: async (): Promise<string> => (await this.#worldline("/payouts", worldlinePayout)).id,
    worldlineToken: async (): Promise<string> => (await this.#worldline("/tokens", worldlineToken(this.#card))).token,
  } as const;

  async #session(): Promise<{ account: string; session: string }> {
    const { url } = await this.call("POST", "/v1/session/recurring", { customer: await this.of("customer") });
    const [account = "", session = ""] = new URL(url as string).pathname.split("/").slice(-2);
    this.#made.set("account", Promise.resolve(account)).set("session", Promise.resolve(session));
    return { account, session };
  }
}

export const basic = (key: string): string => `Basic ${Buffer.from(`${key}:`).toString("base64")}`;

export const worldlineToken = (cardNumber: string) => ({
  paymentProductId: cardNumber.startsWith("4") ? 1 : 3,
  card: { data: { cardWithoutCvv: { cardNumber, expiryDate: "1239" } } },
});
export const worldlinePayout = {
  bankTransferPayoutMethodSpecificInput: {
    bankAccountIban: { accountHolderName: "W. Coyote", iban: "IT60X0542811101000000123456" },
  },
  payoutDetails: { amountOfMoney: { amount: 100, currencyCode: "EUR" } },
};

function bodyOf({ status, text }: Raw, method: string, path: string): any {
  assert.ok(status < 300, `${method} ${path}: ${status} ${text}`);
  return JSON.parse(text);
}

/** An id of the same shape that nobody has. */
export function twinOf(kind: Kind, id: string): string {
  const turn = (text: string): string =>
    text
      .replace(/[0-9]/g, (digit) => String((Number(digit) + 3) % 10))
      .replace(/[a-f]/g, (letter) => "bcdefa"["abcdef".indexOf(letter)]!);
  if (kind === "worldlinePayout") return id.slice(0, 12) + turn(id.slice(12, 20)) + id.slice(20);
  if (kind === "merchant" || kind === "worldlineMerchant") return id.slice(0, -4) + turn(id.slice(-4));
  return id.slice(0, -8) + turn(id.slice(-8));
}
