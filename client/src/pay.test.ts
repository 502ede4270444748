import assert from "node:assert/strict";
import { test } from "node:test";
import { DisburseRefusal, DisburseSilence } from "./errors.ts";
import { broken, failed, key, paid, play, processing, refusal, request, told, type Step } from "./script.ts";

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

for (const code of [133, 134]) {
  test(`${code}: the payout is read, and what it says is told`, async () => {
    for (const [step, outcome] of [
      [paid(), "paid"],
      ...(code === 133 ? ([[failed("hard_declined"), "failed"]] as const) : []),
    ] as const) {
      const { disburse, seen } = play([refusal(400, code), step]);
      assert.equal((await disburse.pay(request)).outcome, outcome);
      assert.deepEqual(
        seen.map(({ what, body }) => [what, body === undefined]),
        [
          ["POST /v1/payout", false],
          ["GET /v1/payout/prize-1", true],
        ],
      );
    }
    const waiting = play([refusal(400, code), processing(), refusal(404, 137), paid()]);
    assert.equal((await waiting.disburse.pay(request)).outcome, "paid");
    assert.deepEqual(waiting.methods(), ["POST", "GET", "GET", "GET"]);
  });
}

test("what was said to be paid is never told as failed", async () => {
  const { disburse, methods } = play([refusal(400, 134), failed("hard_declined"), processing(), paid()]);
  assert.equal((await disburse.pay(request)).outcome, "paid");
  assert.deepEqual(methods(), ["POST", "GET", "GET", "GET"]);
});

const refusals = [
  [400, 1], [401, 6], [403, 7], [404, 8], [404, 9], [400, 11], [400, 18], [400, 34], [404, 40], [400, 42], [400, 72],
  [400, 74], [400, 103], [400, 104], [405, 1], [413, 1], [400, 135], [400, 136], [400, 139], [422, 1], [422, 146],
] as const; // prettier-ignore

for (const [status, code] of refusals) {
  test(`${status}/${code}: a typed error, never repeated`, async () => {
    const said = refusal(status, code, { message: "the reason" });
    const { disburse, methods } = play([said, refusal(404, 137)]);
    await assert.rejects(disburse.pay(request), (error) => {
      assert.ok(error instanceof DisburseRefusal);
      const { code: number, httpStatus, error: text, detail, requestId, payout, message } = error;
      assert.deepEqual(
        { number, httpStatus, text, detail, requestId, payout, message },
        {
          number: code,
          httpStatus: status,
          text: `error ${code}`,
          detail: "the reason",
          requestId: "3f0c",
          payout: null,
          message: `${status}/${code} error ${code}: the reason (request 3f0c)`,
        },
      );
      return true;
    });
    assert.deepEqual(methods(), ["POST", "GET"]);
  });
}

test("a refused request whose handle has a payout: a failed one comes with the error, any other is waited for", async () => {
  const old = play([refusal(400, 136), failed("hard_declined")]);
  await assert.rejects(old.disburse.pay(request), { name: "DisburseRefusal", code: 136, payout: failed("hard_declined").body }); // prettier-ignore
  const going = play([refusal(404, 40), processing(), paid()]);
  assert.equal((await going.disburse.pay(request)).outcome, "paid");
});

test("a refusal whose payout cannot be read says so", async () => {
  const { disburse, methods } = play([refusal(401, 6), refusal(401, 6)]);
  await assert.rejects(disburse.pay(request), { name: "DisburseRefusal", code: 6, payout: undefined });
  assert.deepEqual(methods(), ["POST", "GET"]);
});

test("processing is looked at again and again, until it is paid or has failed", async () => {
  const polls = { firstMs: 500, mostMs: 2_000 };
  for (const [end, outcome] of [
    [paid(), "paid"],
    [failed("hard_declined"), "failed"],
  ] as const) {
    const { disburse, methods, pauses } = play([processing(), told("created"), processing(), processing(), end], {
      polls,
    });
    assert.equal((await disburse.pay(request)).outcome, outcome);
    assert.deepEqual(methods(), ["POST", "GET", "GET", "GET", "GET"]);
    assert.deepEqual(pauses(), [500, 1_000, 2_000, 2_000]);
  }
});

test("processing to the end of the limit: still open, with the payout as it was read last", async () => {
  const polls = { firstMs: 500, mostMs: 2_000 };
  const { disburse, clock, pauses } = play([processing()], { limitMs: 6_000, polls });
  assert.deepEqual(await disburse.pay(request), { outcome: "open", payout: processing().body, because: null });
  assert.deepEqual([clock.now(), pauses()], [6_000, [500, 1_000, 2_000, 2_000, 500]]);
});

test("what was in the way once is not told when it no longer is", async () => {
  const { disburse } = play([broken(), processing(), broken(), processing()], { limitMs: 60_000 });
  assert.deepEqual(await disburse.pay(request), { outcome: "open", payout: processing().body, because: null });
});

test("what was heard by webhook is looked at at once", async () => {
  const { disburse, clock, pauses } = play([processing(), processing(), paid()], { polls: { firstMs: 5_000, mostMs: 60_000 } }); // prettier-ignore
  const paying = disburse.pay(request);
  await clock.sleep(100);
  disburse.heard("prize-2");
  await clock.sleep(100);
  disburse.heard("prize-1");
  assert.equal((await paying).outcome, "paid");
  assert.deepEqual(pauses(), [200, 10_000]);
});

test("news that comes while the payout is read is not forgotten", async () => {
  const world: ReturnType<typeof play> = play(
    [processing(), () => (world.disburse.heard("prize-1"), processing()), paid()],
    { polls: { firstMs: 5_000, mostMs: 60_000 } },
  );
  assert.equal((await world.disburse.pay(request)).outcome, "paid");
  assert.deepEqual(world.pauses(), [5_000, 0]);
});

test("a webhook does not hurry the repeats of a request", async () => {
  const world: ReturnType<typeof play> = play([broken(), paid()]);
  const paying = world.disburse.pay(request);
  await world.clock.sleep(100);
  world.disburse.heard("prize-1");
  assert.equal((await paying).outcome, "paid");
  assert.deepEqual(world.pauses(), [1_000]);
});

test("a payout that was taken on but is not found is never told as failed", async () => {
  const { disburse } = play([processing(), refusal(404, 137)], { limitMs: 60_000 });
  const result = await disburse.pay(request);
  assert.ok(result.outcome === "open" && result.payout?.state === "processing");
  assert.ok(result.because instanceof DisburseRefusal && result.because.code === 137);
});

test("reading that is refused leaves the payout open, and says why", async () => {
  const { disburse, methods } = play([processing(), refusal(401, 6)]);
  const result = await disburse.pay(request);
  assert.ok(result.outcome === "open" && result.because instanceof DisburseRefusal && result.because.code === 6);
  assert.deepEqual(methods(), ["POST", "GET"]);
});
