import assert from "node:assert/strict";
import { connectTo } from "./connect.ts";
import type { Started } from "./started.ts";

/** A payout as its merchant asks for it: by its handle, or by the key of its request. */
export interface Ask {
  readonly door: "frisbii" | "worldline";
  readonly name: string;
  readonly text?: string | undefined;
}

const iban = { accountHolderName: "Wile E. Coyote", iban: "IT60X0542811101000000123456" };

/** The merchants of the drill, with payouts of every kind on both sides of the backup. */
export class DrillMerchant {
  readonly #server: () => Started;
  /** Payouts like this that are under way, and due. */
  readonly #open: (like: string) => Promise<number>;
  readonly #each: number;
  /** Every payout has an amount of its own: by it, the bank's books tell which payout was paid how often. */
  readonly #amounts = new Map<string, number>();

  constructor(server: () => Started, open: (like: string) => Promise<number>, each: number) {
    this.#server = server;
    this.#open = open;
    this.#each = each;
  }

  get payouts(): number {
    return this.#amounts.size;
  }

  /** Payouts as they stand when the backup is taken. Returns the ids of those that wait for an approval. */
  async beforeTheBackup(): Promise<string[]> {
    const many = (kind: string, text?: string) => Promise.all(this.#names(kind).map((name) => this.#pay(name, text)));
    await many("paid");
    await many("accepted", "sandbox:async-silent-paid=2000");
    await many("in-doubt", "sandbox:silent-paid");
    await many("declined", "sandbox:declined");
    const waiting: string[] = [];
    for (let n = 0; n < this.#each; n += 1) {
      waiting.push(await this.#create(`awaiting-${n}`));
      await this.#approve(await this.#create(`scheduled-${n}`), Date.now() + 2_000);
      await this.#approve(await this.#create(`tomorrow-${n}`), Date.now() + 86_400_000);
    }
    return waiting;
  }

  /** Returns the payouts of that time whose merchants will ask again, as they asked last. */
  async inTheTimeThatIsLost(waiting: readonly string[]): Promise<Ask[]> {
    const asks: Ask[] = [];
    const pay = async (name: string, text?: string) => {
      await this.#pay(name, text);
      asks.push({ door: "frisbii", name, text });
    };
    for (const name of this.#names("declined")) await pay(name); // tried again, to success
    for (const id of waiting) await this.#approve(id, 0);
    for (const name of this.#names("new")) {
      await pay(name);
      await pay(`${name}-silent`, "sandbox:silent-paid");
      await pay(`${name}-declined`, "sandbox:declined");
      await this.#pay(`${name}-twice`, "sandbox:declined");
      await pay(`${name}-twice`);
      await this.#pay(`${name}-never-asked-again`);
      await this.#approve(await this.#create(`${name}-key`), 0);
      asks.push({ door: "worldline", name: `${name}-key` });
    }
    while ((await this.#open("scheduled-%")) + (await this.#open("%-key")) > 0) await pause();
    const underWay = this.#names("under-way");
    const text = "sandbox:slow=400";
    for (const name of underWay) void this.#pay(name, text).catch(() => undefined); // it is killed meanwhile
    while ((await this.#open("under-way-%")) < this.#each) await pause();
    return [...asks, ...underWay.map((name) => ({ door: "frisbii", name, text }) as const)];
  }

  async ask(asks: readonly Ask[]): Promise<void> {
    for (const { door, name, text } of asks) {
      if (door === "frisbii") await this.#pay(name, text);
      else await this.#approve(await this.#create(name), 0);
    }
  }

  /** Asks for a payout that was lost once more, but for another amount. */
  async askForOtherAmount(): Promise<unknown> {
    const handle = "new-0-never-asked-again";
    const { status, body } = await this.#post(handle, this.#amountOf(handle) + 1);
    return status === 200 ? body.state : [status, body.code];
  }

  #names(kind: string): string[] {
    return Array.from({ length: this.#each }, (_, n) => `${kind}-${n}`);
  }

  async #pay(handle: string, text?: string): Promise<void> {
    await this.#post(handle, this.#amountOf(handle), text);
  }

  #post(handle: string, amount: number, text?: string) {
    const { card: destination } = this.#server().demo.frisbii;
    const order = { handle, destination, amount, currency: "EUR", text };
    return comingAgain(() => this.#server().call("POST", "/v1/payout", order));
  }

  async #create(key: string): Promise<string> {
    const { worldline, url } = this.#server().demo;
    const amountOfMoney = { amount: this.#amountOf(key), currencyCode: "EUR" };
    const order = {
      bankTransferPayoutMethodSpecificInput: { bankAccountIban: iban },
      payoutDetails: { amountOfMoney, references: { merchantReference: key } },
    };
    const context = { idempotence: { key } };
    const { payouts } = connectTo(url, worldline);
    const { status, body } = await comingAgain(async () => {
      const answer = await payouts.create(worldline.merchant_id, order, context);
      return { status: answer.status, body: answer.body };
    });
    assert.equal(status, 201, JSON.stringify(body));
    return body.id;
  }

  async #approve(id: string, dueAt: number): Promise<void> {
    const path = `/admin/merchants/${this.#server().demo.merchant.id}/payouts/${id}/approve`;
    const due = { due_at: new Date(dueAt).toISOString() };
    const { status, body } = await comingAgain(() => this.#server().admin("POST", path, due));
    assert.equal(status, 200, JSON.stringify(body));
  }

  #amountOf(name: string): number {
    const amount = this.#amounts.get(name) ?? 1_000 + this.#amounts.size;
    this.#amounts.set(name, amount);
    return amount;
  }
}

/** Asks, and asks again for ten seconds where nothing was done (503): around a failover the database is away for a moment. */
async function comingAgain<T extends { readonly status: number }>(ask: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    const answer = await ask();
    if (answer.status !== 503 || tries === 200) return answer;
    await pause();
  }
}

const pause = () => new Promise((resolve) => setTimeout(resolve, 50));
