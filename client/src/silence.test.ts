import assert from "node:assert/strict";
import { test } from "node:test";
import { DisburseSilence } from "./errors.ts";
import { broken, key, paid, play, processing, refusal, request, told, type Step } from "./script.ts";

const html = { status: 502, body: "<html>Bad Gateway</html>" };
const noAnswers: Record<string, Step> = {
  "no connection": broken("ECONNREFUSED"),
  "a reset": broken(),
  "nothing in time": "silence",
  "an answer that breaks off": "truncated",
  "200 that is not JSON": { status: 200, body: "<html>" },
  "200 with another payout": paid({ handle: "prize-2" }),
  "200 with a payout without its amount": paid({ amount: undefined as never }),
  "200 with a payout without its customer": paid({ customer: undefined as never }),
  "200 with a payout without its transactions": paid({ transactions: undefined as never }),
  "200 with an unknown state": told("returned" as "paid"),
  "200 with null": { status: 200, body: null },
  "201": { ...paid(), status: 201 },
  "302": { status: 302, body: "", headers: { location: "https://elsewhere.example.com" } },
  "302 with an error": refusal(302, 1),
  "500/2": refusal(500, 2),
  "502 that is not JSON": html,
  "503/2": refusal(503, 2),
  "504": { status: 504, body: "" },
  "404 that is not JSON": { status: 404, body: "<html>" },
  "403 of a firewall": { status: 403, body: { message: "Forbidden" } },
  "408": { status: 408, body: "" },
};

for (const [name, step] of Object.entries(noAnswers)) {
  test(`${name}: the same request goes again, byte for byte`, async () => {
    const { disburse, seen } = play([step, step, paid()]);
    const { outcome, payout } = await disburse.pay(request);
    assert.deepEqual([outcome, payout?.state], ["paid", "paid"]);
    assert.deepEqual(
      seen.map(({ what, body, init: { headers } }) => ({ what, body, headers })),
      Array.from({ length: 3 }, () => ({
        what: "POST /v1/payout",
        body: JSON.stringify(request),
        headers: {
          authorization: `Basic ${Buffer.from(`${key}:`).toString("base64")}`,
          accept: "application/json",
          "content-type": "application/json",
        },
      })),
    );
  });

  test(`${name} to the end of the limit: still open, never failed`, async () => {
    const { disburse, clock, seen } = play([step], { limitMs: 60_000, timeoutMs: 5_000 });
    const result = await disburse.pay(request);
    assert.ok(result.outcome === "open" && result.payout === null && result.because instanceof DisburseSilence);
    assert.ok(seen.length > 5 && seen.every(({ what }) => what.startsWith("POST")));
    assert.ok(clock.now() >= 60_000 && clock.now() <= 65_000, `${clock.now()}`);
  });

  test(`${name} while it is read: read again`, async () => {
    const { disburse, methods } = play([processing(), step, step, paid()]);
    assert.equal((await disburse.pay(request)).outcome, "paid");
    assert.deepEqual(methods(), ["POST", "GET", "GET", "GET"]);
  });
}

test("pauses between repeats double up to their limit, each shortened by chance by up to a half", async () => {
  const most = play([broken()], { limitMs: 40_000 });
  await most.disburse.pay(request);
  assert.deepEqual(most.pauses(), [1_000, 2_000, 4_000, 8_000, 8_000, 8_000, 8_000, 1_000]);
  const least = play([broken()], { limitMs: 6_000, random: () => 1 });
  await least.disburse.pay(request);
  assert.deepEqual(least.pauses(), [500, 1_000, 2_000, 2_500]);
});

test("no request takes longer than its time, headers and body together", async () => {
  const { disburse, pauses } = play(["silence", "silence", paid()], { timeoutMs: 7_000 });
  await disburse.pay(request);
  assert.deepEqual(pauses(), [8_000, 9_000]);
});

test("429 is waited out for as long as the server asks, and repeated", async () => {
  const date = "Mon, 04 Aug 2025 12:46:00 GMT";
  const later = "Mon, 04 Aug 2025 12:46:20 GMT";
  for (const [headers, pause] of [
    [{}, 1_000],
    [{ "retry-after": "30" }, 31_000],
    [{ "retry-after": later, date }, 21_000],
    [{ "retry-after": date, date: later }, 1_000],
    [{ "retry-after": "soon" }, 1_000],
  ] as const) {
    for (const busy of [refusal(429, 122), refusal(429, 123), { status: 429, body: "slow down" }, refusal(503, 2)]) {
      const { disburse, pauses, seen } = play([{ ...busy, headers }, paid()]);
      assert.equal((await disburse.pay(request)).outcome, "paid");
      assert.deepEqual(pauses(), [pause]);
      assert.equal(seen[0]?.body, seen[1]?.body);
    }
  }
});

test("a server that wants to be left alone beyond the limit is: still open at once", async () => {
  const { disburse, clock, seen } = play([{ ...refusal(429, 122), headers: { "retry-after": "86400" } }]);
  const result = await disburse.pay(request);
  assert.ok(result.outcome === "open" && result.payout === null);
  assert.deepEqual([seen.length, clock.now()], [1, 0]);
});
