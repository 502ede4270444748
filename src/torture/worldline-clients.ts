import { Agent } from "node:http";
import { createRequire } from "node:module";
import { setTimeout as sleep } from "node:timers/promises";
import type { Chance } from "./chance.ts";
import type { Drive, Merchant } from "./drive.ts";
import { cardNumbers, currencies, currencyOf, fateOf, ibanOf, type To } from "./orders.ts";
import type { ToldPayout, ToldState } from "./told.ts";

const sdk: any = createRequire(import.meta.url)("connect-sdk-nodejs");
/** A server answers within ten seconds; later the connection is taken to be dead. */
const timeoutMs = 12_000;

const states: Record<string, ToldState> = {
  PENDING_APPROVAL: "waiting",
  PAYOUT_REQUESTED: "open",
  ACCOUNT_CREDITED: "paid",
  REVERSED: "returned",
  REJECTED: "failed",
  REJECTED_CREDIT: "failed",
  CANCELLED: "cancelled",
};
const isOver = (state: ToldState | null): boolean => state !== null && state !== "open" && state !== "waiting";

/** What a client does with a payout; by weight. */
const stories = [
  [70, "approve"],
  [6, "cancel"],
  [3, "leave"],
  [8, "approve for tomorrow, call back, approve"],
  [4, "approve for tomorrow, cancel"],
  [5, "approve twice at once"],
  [4, "approve and cancel at once"],
] as const;

interface Answer {
  readonly status: number;
  readonly body: any;
}

/** A merchant's use of Worldline's own client, unmodified, now with this server and now with that one. */
export class WorldlineMerchant {
  readonly merchant: Merchant;
  readonly #drive: Drive;
  readonly #connections: any[];

  constructor(drive: Drive, merchant: Merchant) {
    this.merchant = merchant;
    this.#drive = drive;
    this.#connections = drive.ports.map((port) => connect(port, merchant.key));
  }

  /** One payout, from its create to what becomes of it. */
  async payOne(name: string, chance: Chance): Promise<void> {
    const currency = currencyOf(chance);
    const hundredths = chance.between(1, 5_000) * (currency === "JPY" ? 100 : 1);
    const to = chance.weighted<To>([
      [50, ibanOf(chance)],
      [25, { kind: "card", number: chance.pick(cardNumbers) }],
      [25, chance.pick(this.merchant.cards)],
    ]);
    const payout = this.#drive.told.ask({
      dialect: "worldline",
      merchantId: this.merchant.id,
      name,
      amountMinor: (hundredths * 10 ** currencies[currency]) / 100,
      currency,
      destination: this.#drive.fingerprint(to),
    });
    const body = bodyOf(to, hundredths, currency, name, fateOf(chance));
    const id = await this.#create(payout, body, chance);
    if (id === undefined) return;
    if (payout.state === "waiting") await this.#goOn(chance.weighted(stories), payout, id, chance);
    await this.#follow(payout, id, chance);
    if (payout.state === "open") this.#drive.leftOpen(() => this.#look(payout, id, chance));
  }

  async #create(payout: ToldPayout, body: object, chance: Chance): Promise<string | undefined> {
    const answer = await this.#call(payout, "create", chance, payout.name, (api, context) =>
      api.payouts.create(this.merchant.worldlineId, body, context),
    );
    const told = answer?.body?.payoutResult ?? answer?.body;
    return told?.id as string | undefined;
  }

  async #goOn(story: (typeof stories)[number][1], payout: ToldPayout, id: string, chance: Chance): Promise<void> {
    const { worldlineId } = this.merchant;
    const tomorrow = new Date(Date.now() + 2 * 86_400_000).toISOString().slice(0, 10).replaceAll("-", "");
    const step = (call: string, n: number, work: (api: any, context: object) => Promise<Answer>) =>
      this.#call(payout, call, chance, `${payout.name}-${n}`, work);
    const approve = (n: number, body: object = {}) =>
      step("approve", n, (api, context) => api.payouts.approve(worldlineId, id, body, context));
    const cancel = (n: number) => step("cancel", n, (api, context) => api.payouts.cancel(worldlineId, id, context));
    const callBack = (n: number) =>
      step("cancelapproval", n, (api, context) => api.payouts.cancelapproval(worldlineId, id, context));
    switch (story) {
      case "approve":
        return void (await approve(1));
      case "cancel":
        return void (await cancel(1));
      case "leave":
        return;
      case "approve for tomorrow, call back, approve":
        if ((await approve(1, { datePayout: tomorrow }))?.status !== 200) return;
        if ((await callBack(2))?.status === 204) await approve(3);
        return;
      case "approve for tomorrow, cancel":
        if ((await approve(1, { datePayout: tomorrow }))?.status === 200) await cancel(2);
        return;
      case "approve twice at once":
        return this.#oneOf(payout, await Promise.all([approve(1), approve(2)]));
      case "approve and cancel at once":
        return this.#oneOf(payout, await Promise.all([approve(1), cancel(2)]), true);
    }
  }

  /** Of two that exclude each other one may win; of an approval and a cancellation, both, in that order, until it has left. */
  #oneOf(payout: ToldPayout, answers: readonly (Answer | undefined)[], mayBoth = false): void {
    const won = answers.filter((answer) => answer !== undefined && answer.status < 300).length;
    if (won > 1 && !mayBoth) payout.contradictions.push(`was approved ${won} times`);
  }

  /** Looks until it is over, or waits for somebody who will not come. */
  async #follow(payout: ToldPayout, id: string, chance: Chance): Promise<void> {
    let pauseMs = 600; // an account is credited after half a second
    while (!isOver(payout.state) && !this.#drive.signal.aborted) {
      await this.#drive.pause(pauseMs);
      await this.#look(payout, id, chance);
      if (payout.state === "waiting") return;
      pauseMs = Math.min(4_000, pauseMs * 2);
    }
  }

  /** Asks how the payout of this id is. */
  async #look(payout: ToldPayout, id: string, chance: Chance): Promise<void> {
    await this.#call(payout, "get", chance, null, (api, context) =>
      api.payouts.get(this.merchant.worldlineId, id, context),
    );
  }

  /** The same request with the same key until it is answered; undefined when the client has to give up before. */
  async #call(
    payout: ToldPayout,
    call: string,
    chance: Chance,
    key: string | null,
    work: (api: any, context: object) => Promise<Answer>,
  ): Promise<Answer | undefined> {
    for (let pauseMs = 100; ; pauseMs = Math.min(3_000, pauseMs * 2)) {
      const by = this.#drive.pick(chance);
      const begunAt = performance.now();
      const context = key === null ? {} : { idempotence: { key } };
      const silent = sleep(timeoutMs + 500, undefined, { ref: false });
      const answer = await Promise.race([work(this.#connections[by], context).catch(() => undefined), silent]);
      if (answer !== undefined && !isAgain(answer)) return this.#take(payout, by, call, begunAt, answer);
      if (this.#drive.signal.aborted) {
        payout.gaveUp ||= call !== "get";
        return undefined;
      }
      await this.#drive.pause(pauseMs * (0.5 + chance.next() / 2));
    }
  }

  #take(payout: ToldPayout, by: number, call: string, begunAt: number, answer: Answer): Answer {
    const { status, body } = answer;
    const told = body?.payoutResult ?? body;
    const state = status === 204 ? (call === "cancel" ? "cancelled" : "waiting") : states[told?.status];
    if (state !== undefined) {
      this.#drive.told.acknowledge(payout, { by, call, begunAt }, state);
    } else if (![402, 409].includes(status) || call === "create" || call === "get") {
      this.#drive.refused(`${call} of ${payout.name}: ${status} ${JSON.stringify(body)}`);
    }
    return answer;
  }
}

/** No answer that says anything: ask again, with the same key. 409 `1409`: the first one is still under way. */
const isAgain = ({ status, body }: Answer): boolean =>
  status >= 500 || status === 429 || (status === 409 && body?.errors?.[0]?.code === "1409");

function connect(port: number, { key_id: apiKeyId, secret: secretApiKey }: Merchant["key"]): any {
  const agent = new Agent({ keepAlive: true, timeout: timeoutMs });
  const connection = agent as unknown as { createConnection(options: object, done: unknown): any };
  const open = connection.createConnection.bind(agent);
  connection.createConnection = (options, done) => {
    const socket = open(options, done);
    socket.on("timeout", () => socket.destroy());
    return socket;
  };
  const connectionOptions = { agent };
  const host = "127.0.0.1";
  return sdk.init({ host, scheme: "http", port, integrator: "torture", apiKeyId, secretApiKey, connectionOptions }).v1;
}

function bodyOf(to: To, hundredths: number, currencyCode: string, merchantReference: string, text: string): object {
  const payoutDetails = { amountOfMoney: { amount: hundredths, currencyCode }, references: { merchantReference } };
  const payoutText = text === "" ? undefined : text;
  if (to.kind === "iban") {
    const bankAccountIban = { accountHolderName: to.holder, iban: to.iban };
    return { payoutDetails, payoutText, bankTransferPayoutMethodSpecificInput: { bankAccountIban } };
  }
  const method = to.kind === "saved" ? { token: to.id } : { card: { cardNumber: to.number, expiryDate: "1239" } };
  return { payoutDetails, payoutText, cardPayoutMethodSpecificInput: method };
}
