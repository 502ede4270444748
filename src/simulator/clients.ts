import type { Told } from "../dialects/services.ts";
import { sign, stringsToSign } from "../dialects/worldline/signature.ts";
import type { Chance } from "./chance.ts";
import type { Request } from "./server.ts";
import type { ToldPayout } from "./told.ts";

/** What a client has of the world: a line to the servers, a clock, and a memory. */
export interface ClientPorts {
  readonly chance: Chance;
  /** Null: no answer came. */
  ask(request: Request): Promise<Told | null>;
  sleep(ms: number): Promise<void>;
  wall(): number;
  /** Where what was told about a payout of this handle or id is written down. */
  told(handle: string): ToldPayout;
  readonly currency: string;
}

/** No answer, or one that says nothing about the payout: the same request again, a few times, later each time. */
async function insist(ports: ClientPorts, request: () => Request, tries: number): Promise<Told | null> {
  for (let each = 0; each < tries; each += 1) {
    const told = await ports.ask(request());
    if (told !== null && told.status < 500 && told.status !== 429) return told;
    await ports.sleep(ports.chance.skewed(200, 20_000));
  }
  return null;
}

interface FrisbiiPayout {
  readonly state: string;
  readonly transactions: readonly { readonly state: string; readonly error_state?: string }[];
}

export interface FrisbiiClient {
  readonly key: string;
  readonly handle: string;
  readonly amount: number;
  readonly destinations: readonly string[];
}

/** A merchant's system that pays once, by the error handling that the documents tell it to follow. */
export async function payOverFrisbii(ports: ClientPorts, client: FrisbiiClient): Promise<void> {
  const { chance } = ports;
  const headers = { authorization: `Basic ${Buffer.from(`${client.key}:`).toString("base64")}` };
  const told = ports.told(client.handle);
  let destination = client.destinations[0]!;
  const note = (answer: Told | null): FrisbiiPayout | null => {
    if (answer?.status !== 200) return null;
    const payout = answer.body as FrisbiiPayout;
    told.acknowledged = true;
    if (payout.state === "paid") told.paid = true;
    if (payout.state === "failed") told.failedAttempts = Math.max(told.failedAttempts, payout.transactions.length);
    return payout;
  };
  const read = async () =>
    note(await insist(ports, () => ({ method: "GET", path: `/v1/payout/${client.handle}`, headers }), 4));
  for (let round = 0; round < 5; round += 1) {
    const body = {
      handle: client.handle,
      amount: client.amount,
      currency: ports.currency,
      destination,
      customer_handle: "customer-1",
    };
    const answer = await insist(ports, () => ({ method: "POST", path: "/v1/payout", headers, body }), 6);
    let payout = answer?.status === 200 ? note(answer) : await read();
    for (let polls = 0; payout?.state === "processing" && polls < 4; polls += 1) {
      await ports.sleep(chance.skewed(500, 60_000));
      const impatient = chance.happens(0.4); // asks for it again: in doubt, that has the bank asked at once
      payout = impatient
        ? (note(await ports.ask({ method: "POST", path: "/v1/payout", headers, body })) ?? payout)
        : await read();
    }
    if (payout?.state !== "failed") return;
    const why = payout.transactions.at(-1)?.error_state;
    if (why === "hard_declined" && chance.happens(0.5)) return;
    if (why === "hard_declined") destination = chance.pick(client.destinations);
    await ports.sleep(chance.skewed(2, 60_000)); // at once, while the last attempt's answers may still come in, or much later
  }
}

export interface WorldlineClient {
  readonly merchantId: string;
  readonly keyId: string;
  readonly secret: string;
  readonly reference: string;
  readonly amount: number;
  readonly card: string;
}

/** A merchant's system that creates, and people of whom some approve, some cancel, and some take an approval back. */
export async function payOverWorldline(ports: ClientPorts, client: WorldlineClient): Promise<void> {
  const { chance } = ports;
  const call = (method: "GET" | "POST", path: string, key: string | null, body?: object) => (): Request => {
    const target = `/v1/${client.merchantId}${path}`;
    const headers: Record<string, string> = { date: new Date(ports.wall()).toUTCString() };
    if (body !== undefined) headers["content-type"] = "application/json";
    if (key !== null) headers["x-gcs-idempotence-key"] = key;
    const [text] = stringsToSign({ method, target, headers });
    headers["authorization"] = `GCS v1HMAC:${client.keyId}:${sign(text!, client.secret).toString("base64")}`;
    return { method, path: target, headers, body };
  };
  const body = {
    payoutDetails: {
      amountOfMoney: { amount: client.amount, currencyCode: ports.currency },
      references: { merchantReference: client.reference },
    },
    cardPayoutMethodSpecificInput: {
      paymentProductId: 1,
      card: { cardNumber: client.card, expiryDate: "1239", cardholderName: "A. Payee" },
    },
  };
  const created = await insist(ports, call("POST", "/payouts", `create-${client.reference}`, body), 8);
  const id = (created?.body as { id?: string } | undefined)?.id;
  if (created?.status !== 201 || id === undefined) return;
  const told = ports.told(id);
  told.acknowledged = true;
  const note = (answer: Told | null) => {
    const status = (answer?.body as { status?: string } | undefined)?.status;
    if (answer?.status === 200 && (status === "ACCOUNT_CREDITED" || status === "PAYOUT_CREDITED")) told.paid = true;
    return answer;
  };
  await ports.sleep(chance.skewed(50, 20_000));
  const people = Array.from({ length: chance.between(1, 4) }, async (_, person) => {
    await ports.sleep(chance.skewed(1, 20_000));
    const wants = chance.weighed({ approve: 5, cancel: 2, cancelapproval: 2 });
    const key = chance.happens(0.6) ? `${wants}-${person}-${client.reference}` : null;
    note(await insist(ports, call("POST", `/payouts/${id}/${wants}`, key, wants === "approve" ? {} : undefined), 4));
  });
  await Promise.all(people);
  for (let polls = 0; polls < 3; polls += 1) {
    await ports.sleep(chance.skewed(1_000, 60_000));
    note(await insist(ports, call("GET", `/payouts/${id}`, null), 3));
  }
}

/** A handle that is a fact of the seed. */
export const handleOf = (number: number): string => `payout-${number}`;
