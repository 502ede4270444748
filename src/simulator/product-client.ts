import { Disburse } from "../../client/dist/index.js";
import type { ClientPorts, FrisbiiClient } from "./clients.ts";

/** A merchant's system that leaves the error handling to the client that is published beside the server. */
export async function payWithProductClient(
  ports: ClientPorts & { after(ms: number, then: () => void): () => void; monotonic(): number },
  { key, handle, amount, destinations }: FrisbiiClient,
): Promise<void> {
  const { chance } = ports;
  const disburse = new Disburse({
    url: "http://127.0.0.1",
    privateKey: key,
    limitMs: 600_000,
    lateMs: 200_000, // servers here are paused for as long as that with a request in their hands
    softRetries: chance.between(0, 2),
    random: () => chance.next(),
    now: () => ports.monotonic(),
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        const forget = ports.after(ms, () => resolve(undefined));
        signal.addEventListener("abort", () => {
          forget();
          resolve(undefined);
        });
      }),
    async fetch(url, { method, headers, body }) {
      const path = new URL(url).pathname;
      const told = await ports.ask({ method, path, headers, body: body === undefined ? undefined : JSON.parse(body) });
      if (told === null) throw new Error("no answer");
      const text = JSON.stringify(told.body);
      return { status: told.status, headers: { get: () => null }, text: () => Promise.resolve(text) };
    },
  });
  const told = ports.told(handle);
  const request = {
    handle,
    amount,
    currency: ports.currency,
    destination: destinations[0]!,
    customer_handle: "customer-1",
  };
  const { outcome, payout } = await disburse.pay(request);
  if (payout !== null) told.acknowledged = true;
  if (outcome === "paid") told.paid = true;
  if (outcome === "failed") {
    told.failedAttempts = Math.max(told.failedAttempts, payout.transactions.length);
    told.over = true;
  }
}
