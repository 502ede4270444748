import assert from "node:assert/strict";
import { test } from "node:test";
import { getEventListeners } from "node:events";
import { inspect } from "node:util";
import { Disburse } from "./disburse.ts";
import type { Fetch } from "./options.ts";
import { broken, failed, key, paid, play, processing, refusal, reply, request, type Step } from "./script.ts";

test("a call that is aborted ends at once, open, with what is known, and sends nothing more", async () => {
  const steps: [readonly Step[], object | null, readonly string[]][] = [
    [["silence"], null, ["POST"]],
    [[broken()], null, ["POST"]],
    [[processing()], processing().body as object, ["POST"]],
    [[processing(), "silence"], processing().body as object, ["POST", "GET"]],
  ];
  for (const [script, payout, sent] of steps) {
    const { disburse, clock, methods } = play(script, { polls: { firstMs: sent.length > 1 ? 10 : 900, mostMs: 900 } });
    const stop = new AbortController();
    const paying = disburse.pay(request, { signal: stop.signal });
    await clock.sleep(500);
    stop.abort();
    const result = await paying;
    assert.deepEqual([result.outcome, result.payout, clock.now()], ["open", payout, 500]);
    await clock.sleep(60_000);
    assert.deepEqual(methods(), sent);
  }
});

test("aborted before it began, it sends nothing; aborted while a further try waits, it tells the failure", async () => {
  const early = play([paid()]);
  const result = await early.disburse.pay(request, { signal: AbortSignal.abort() });
  assert.deepEqual([result, early.seen], [{ outcome: "open", payout: null, because: null }, []]);
  const { disburse, clock } = play([failed("processing_error")]);
  const stop = new AbortController();
  const paying = disburse.pay(request, { signal: stop.signal });
  await clock.sleep(500);
  stop.abort();
  assert.deepEqual([(await paying).outcome, clock.now()], ["failed", 500]);
});

test("an abort or a timeout ends the request's connection", async () => {
  const { disburse, seen } = play(["silence", paid()], { timeoutMs: 1_000 });
  await disburse.pay(request);
  assert.ok(seen[0]?.init.signal.aborted);
});

test("one signal may end thousands of payments, without a warning", async () => {
  const warnings: Error[] = [];
  const note = (warning: Error) => warnings.push(warning);
  process.on("warning", note);
  const stop = new AbortController();
  const { disburse, clock } = play([processing()]);
  const paying = Array.from({ length: 1_000 }, () => disburse.pay(request, { signal: stop.signal }));
  await clock.sleep(100);
  stop.abort();
  assert.ok((await Promise.all(paying)).every(({ outcome }) => outcome === "open"));
  await new Promise((resolve) => setImmediate(resolve));
  process.off("warning", note);
  assert.deepEqual(warnings, []);
});

test("a call that is over leaves nothing on its signal", async () => {
  const { signal } = new AbortController();
  const { disburse } = play([broken(), processing(), paid()]);
  assert.equal((await disburse.pay(request, { signal })).outcome, "paid");
  assert.deepEqual(getEventListeners(signal, "abort"), []);
});

test("a clock that fails is an error, not a pause of no time", async () => {
  const { disburse } = play([broken()], { sleep: () => Promise.reject(new Error("no clock")) });
  await assert.rejects(disburse.pay(request), /no clock/);
});

test("the clock of this machine waits as long as it can, not less, for what is longer", async () => {
  const years = { firstMs: 2 ** 40, mostMs: 2 ** 40 };
  const fetch: Fetch = async () => reply(seen++ === 0 ? processing() : paid());
  let seen = 0;
  const disburse = new Disburse({ url: "https://a.example", privateKey: key, fetch, polls: years, limitMs: Infinity });
  const result = await disburse.pay(request, { signal: AbortSignal.timeout(50) });
  assert.deepEqual([result.outcome, seen], ["open", 1]);
});

test("get tells the payout, null for none, and why it cannot", async () => {
  assert.deepEqual(await play([processing()]).disburse.get("prize-1"), processing().body);
  assert.equal(await play([broken(), refusal(404, 137)]).disburse.get("prize-1"), null);
  await assert.rejects(play([refusal(401, 6)]).disburse.get("prize-1"), { name: "DisburseRefusal", code: 6 });
  await assert.rejects(play([refusal(404, 8)]).disburse.get("prize-1"), { name: "DisburseRefusal", code: 8 });
  await assert.rejects(play([broken()], { limitMs: 9_000 }).disburse.get("prize-1"), {
    name: "DisburseSilence",
    message: "no answer: ECONNRESET",
  });
  const signal = AbortSignal.abort();
  await assert.rejects(play([paid()]).disburse.get("prize-1", { signal }), { name: "DisburseSilence" });
});

test("the key goes to the server and nowhere else", async () => {
  const texts: string[] = [];
  const tell = (value: unknown) => texts.push(inspect(value, { depth: Infinity, showHidden: true }), String(value));
  for (const step of [broken(), refusal(401, 6), paid({ amount: 1 }), refusal(500, 2), failed("hard_declined")]) {
    const { disburse } = play([step], { limitMs: 5_000 });
    tell(disburse);
    tell(JSON.stringify(disburse));
    tell(await disburse.pay(request).catch((error: unknown) => error));
    tell(await disburse.get("prize-1").catch((error: unknown) => error));
  }
  for (const url of ["nonsense", "ftp://x", `https://${key}@example.com`]) {
    assert.throws(
      () => new Disburse({ url, privateKey: key }),
      (error) => {
        if (!url.includes(key)) tell(error);
        return true;
      },
    );
  }
  const secret = Buffer.from(`${key}:`).toString("base64");
  for (const text of texts) assert.ok(!text.includes(key) && !text.includes(secret), text);
  assert.ok(texts[0]?.includes("https://payouts.example.com"));
});

test("redirects are not followed", async () => {
  const { disburse, seen } = play([processing(), paid()]);
  await disburse.pay(request);
  assert.deepEqual(
    seen.map(({ init }) => init.redirect),
    ["manual", "manual"],
  );
});

test("a private key travels over plain HTTP only on this machine, or where that is wanted", () => {
  const open = (url: string, more: object = {}) => new Disburse({ url, privateKey: key, ...more });
  for (const url of ["https://a.example", "http://localhost:8080", "http://127.0.0.1:1/", "http://[::1]:8080"])
    open(url);
  open("http://payouts:8080", { insecure: true });
  for (const url of [
    "http://payouts:8080",
    "ftp://localhost",
    "https://a.example?x=1",
    "https://a:b@a.example",
    "http://127.0.0.1.example.com",
  ]) {
    assert.throws(() => open(url), TypeError, url);
  }
});

test("options that are no numbers are refused", () => {
  const open = (more: object) => new Disburse({ url: "https://a.example", privateKey: key, ...more });
  for (const name of ["timeoutMs", "limitMs", "lateMs", "errorRetries", "softRetries"]) {
    for (const value of [-1, NaN, "5"]) assert.throws(() => open({ [name]: value }), new RegExp(`RangeError: ${name}`));
    open({ [name]: undefined });
  }
  for (const name of ["repeats", "polls", "retries"]) {
    assert.throws(() => open({ [name]: { firstMs: 1 } }), RangeError);
    assert.throws(() => open({ [name]: { firstMs: NaN, mostMs: 1 } }), RangeError);
  }
  assert.throws(() => new Disburse({ url: "https://a.example", privateKey: "" }), /privateKey/);
});
