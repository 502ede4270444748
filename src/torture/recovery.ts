import { setTimeout as sleep } from "node:timers/promises";
import { request } from "undici";
import type { Drive, Merchant } from "./drive.ts";

/** So long an answer is waited for at first, and at most: longer each time that there was none, as the machine may be slow. */
const firstPatienceMs = 2_000;
const mostPatienceMs = 12_000;
/** A run in which something is away for longer than this says so by its other numbers. */
const longestMs = 120_000;

/**
 * Asks for small payouts, one after another, until one that was begun after now is acknowledged, and says after how many
 * milliseconds. `server`: by that one, otherwise by any. `paid`: and the bank has paid it.
 */
export async function timeRecovery(
  drive: Drive,
  { id, privateKey, cards }: Merchant,
  name: string,
  of: { readonly server: number | undefined; readonly paid: boolean },
): Promise<number | undefined> {
  const from = performance.now();
  const to = cards[0]!;
  let patienceMs = firstPatienceMs;
  const headers = {
    authorization: `Basic ${Buffer.from(`${privateKey}:`).toString("base64")}`,
    "content-type": "application/json",
  };
  for (let tries = 1; performance.now() < from + longestMs; tries += 1) {
    const by = of.server ?? tries % drive.ports.length;
    const begunAt = performance.now();
    const handle = `${name}-${tries}`;
    const payout = drive.told.ask({
      dialect: "frisbii",
      merchantId: id,
      name: handle,
      amountMinor: 1,
      currency: "EUR",
      destination: drive.fingerprint(to),
    });
    const body = JSON.stringify({ handle, destination: to.id, amount: 1, currency: "EUR" });
    const url = `http://127.0.0.1:${drive.ports[by]}/v1/payout`;
    try {
      const signal = AbortSignal.timeout(patienceMs);
      const answer = await request(url, { method: "POST", headers, body, signal });
      const told = (await answer.body.json()) as { state?: string };
      if (answer.statusCode === 200) {
        const isPaid = told.state === "paid";
        drive.told.acknowledge(payout, { by, call: "POST", begunAt }, isPaid ? "paid" : "open");
        if (isPaid || !of.paid) return performance.now() - from;
      }
    } catch {
      const wasLong = performance.now() - begunAt >= patienceMs;
      if (wasLong) patienceMs = Math.min(1.5 * patienceMs, mostPatienceMs);
    }
    await sleep(25);
  }
  return undefined;
}
