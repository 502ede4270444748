import assert from "node:assert/strict";
import { createServer, type AddressInfo } from "node:net";
import { after, before, test } from "node:test";
import { Disburse, DisburseMismatch, DisburseRefusal, type DisburseOptions } from "../client/dist/index.js";
import { badLine, type Fate } from "./testing/proxy.ts";
import { Started } from "./testing/started.ts";

/** With the vendor's limits, so that everything here meets 429 too. */
const settings = { DISBURSE_LIMITS: "vendor" };
let server: Started;
before(async () => {
  server = await Started.open(undefined, { ...settings, PORT: String(await freePort()) });
});
after(() => server.remove());

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, "127.0.0.1", resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

const quick = { firstMs: 50, mostMs: 400 };
const client = (url = server.demo.url, options: Partial<DisburseOptions> = {}) =>
  new Disburse({ url, privateKey: server.demo.frisbii.private_key, repeats: quick, polls: quick, retries: quick, lateMs: 500, ...options }); // prettier-ignore
const ask = (handle: string, more: object = {}) => ({
  handle,
  destination: server.demo.frisbii.card,
  amount: 1_234,
  currency: "EUR",
  ...more,
});
/** What the bank has booked, from its own books. */
const booked = async (): Promise<number> =>
  ((await (await fetch(`${server.demo.sandbox_bank}/books`)).json()) as { paid: number }).paid;

/** A client behind a line that does with each of its requests what `fates` say, in turn; then it passes. */
async function behind(fates: Partial<Record<"POST" | "GET", Fate[]>>, work: (url: string) => Promise<void>) {
  const line = await badLine(server.demo.url, (sent) => {
    const method = sent.startsWith("POST /v1/payout ") ? "POST" : "GET";
    return fates[method]?.shift() ?? "pass";
  });
  await work(line.url).finally(() => line.close());
  assert.deepEqual(Object.values(fates).flat(), [], "all of it was met");
}

test("lost requests and lost answers are repeated, and paid once", async () => {
  const before = await booked();
  await behind({ POST: ["cut_before", "cut_answer", "cut_answer"], GET: ["cut_answer", "cut_before"] }, async (url) => {
    const { outcome, payout } = await client(url).pay(ask("bad-line"));
    assert.deepEqual([outcome, payout?.transactions.length], ["paid", 1]);
  });
  assert.equal(await booked(), before + 1);
});

test("a decline whose answer is lost is tried again by its repeat, and told as failed", async () => {
  const before = await booked();
  await behind({ POST: ["cut_answer"] }, async (url) => {
    const { outcome, payout } = await client(url).pay(ask("lost-decline", { text: "sandbox:declined" }));
    assert.deepEqual([outcome, payout?.transactions.length], ["failed", 2]);
  });
  assert.equal(await booked(), before);
});

const outcomes = [
  ["sandbox:declined", "failed", 1],
  ["sandbox:declined-soft", "failed", 1],
  ["sandbox:silent-paid", "paid", 1],
  ["sandbox:silent-lost-once", "paid", 1],
  ["sandbox:error-paid", "paid", 1],
  ["sandbox:garbage", "paid", 1],
  ["sandbox:async-paid=300", "paid", 1],
  ["sandbox:async-declined=300", "failed", 1],
  ["sandbox:async-silent-paid=300", "paid", 1],
  ["sandbox:slow=400", "paid", 1],
] as const;

test("whatever the bank does, its outcome is told", async () => {
  const disburse = client(undefined, { polls: { firstMs: 100, mostMs: 1_000 } });
  const before = await booked();
  await Promise.all(
    outcomes.map(async ([text, outcome, transactions]) => {
      const result = await disburse.pay(ask(`does-${text.replace(/\W/g, "-")}`, { text }));
      assert.deepEqual([result.outcome, result.payout?.transactions.length], [outcome, transactions], text);
    }),
  );
  assert.equal(await booked(), before + outcomes.filter(([, outcome]) => outcome === "paid").length);
});

test("a processing error is tried again as often as is wanted, a soft decline where that is wanted", async () => {
  const token = await server.call("POST", "/sandbox/card-tokens", {
    number: "5500000000000004",
    cvv: "888",
    exp_month: 12,
    exp_year: 2039,
  });
  const moody = (await server.call("POST", "/v1/payment_method", { source: token.body.id, customer: { handle: "moody" } })).body.id; // prettier-ignore
  const tries = async (handle: string, amount: number, options: Partial<DisburseOptions>) => {
    const { outcome, payout } = await client(undefined, options).pay(ask(handle, { amount, destination: moody }));
    return [outcome, payout?.transactions.length];
  };
  assert.deepEqual(await tries("error-4", 1003, {}), ["failed", 4]);
  assert.deepEqual(await tries("error-9", 1003, { errorRetries: 9 }), ["failed", 4], "the server refuses a fifth");
  assert.deepEqual(await tries("error-1", 1003, { errorRetries: 0 }), ["failed", 1]);
  assert.deepEqual(await tries("soft-1", 2001, {}), ["failed", 1]);
  assert.deepEqual(await tries("soft-3", 2001, { softRetries: 2 }), ["failed", 3]);
  assert.deepEqual(await tries("hard-1", 3001, { softRetries: 2 }), ["failed", 1]);
});

test("what is still under way at the limit, or when its caller gives up, is open; asked for again, it is paid", async () => {
  const disburse = client();
  const slow = ask("still-open", { text: "sandbox:async-paid=800" });
  const early = await disburse.pay(slow, { limitMs: 300 });
  assert.deepEqual([early.outcome, early.payout?.state], ["open", "processing"]);
  const given = await disburse.pay(slow, { signal: AbortSignal.timeout(200) });
  assert.equal(given.outcome, "open");
  assert.equal((await disburse.pay(slow)).outcome, "paid");
  assert.equal((await disburse.pay(slow)).outcome, "paid");
});

test("refusals and handles that are taken are typed errors", async () => {
  const disburse = client();
  const unknown = ask("unknown-card", { destination: `ca_${"0".repeat(32)}` });
  await assert.rejects(disburse.pay(unknown), (error) => {
    assert.ok(error instanceof DisburseRefusal);
    assert.deepEqual([error.code, error.httpStatus, error.error, error.payout], [40, 404, "Payment method not found", null]); // prettier-ignore
    return error.requestId?.length === 32;
  });
  assert.equal(await disburse.get("unknown-card"), null);
  await disburse.pay(ask("taken"));
  await assert.rejects(disburse.pay(ask("taken", { amount: 1_235 })), (error) => {
    return error instanceof DisburseMismatch && error.field === "amount" && error.payout.state === "paid";
  });
  await assert.rejects(disburse.pay(ask("taken", { customer_handle: "somebody" })), { field: "customer" });
  const stranger = new Disburse({ url: server.demo.url, privateKey: `priv_${"0".repeat(32)}` });
  await assert.rejects(stranger.pay(ask("taken")), { code: 6, httpStatus: 401, payout: undefined });
});

test("a crowd beyond the rate limits is paid all the same", async () => {
  const disburse = client();
  const before = await booked();
  const results = await Promise.all(Array.from({ length: 30 }, (_, index) => disburse.pay(ask(`crowd-${index}`))));
  assert.ok(results.every(({ outcome }) => outcome === "paid"));
  assert.equal(await booked(), before + 30);
});

test("a server that is down, and started again, pays what was asked for meanwhile", async () => {
  const before = await booked();
  const { port } = new URL(server.demo.url);
  const disburse = client();
  await server.end("SIGKILL");
  const paying = [1, 2, 3].map((number) => disburse.pay(ask(`while-down-${number}`)));
  server = await Started.open(server.folder, { ...settings, PORT: port });
  for (const { outcome, payout } of await Promise.all(paying)) {
    assert.deepEqual([outcome, payout?.transactions.length], ["paid", 1]);
  }
  assert.equal(await booked(), before + 3);
});
