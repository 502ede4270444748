import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { test } from "node:test";
import { at, customerNotice, endpointOf, ids, lived, noticeOf, paid, writers } from "../../testing/letters.ts";
import type { Letter } from "../../engine/mailbox.ts";
import { offsetClock } from "./days.ts";
import { isVerified, verification, worldlineLetters } from "./letter.ts";
import { sign } from "./signature.ts";

// Worldline's own helper for receivers.
const { webhooks } = createRequire(import.meta.url)("connect-sdk-nodejs") as { webhooks: { v1: HelperFactory } };
interface HelperFactory {
  init(store: { getSecretKey(keyId: string): Promise<string> }): {
    unmarshal(body: Buffer, headers: object): Promise<Event>;
  };
}
interface Event {
  readonly apiVersion: string;
  readonly id: string;
  readonly created: string;
  readonly merchantId: string;
  readonly type: string;
  readonly payout: {
    readonly id: string;
    readonly status: string;
    readonly payoutOutput: object;
    readonly statusOutput: {
      readonly statusCode: number;
      readonly isCancellable: boolean;
      readonly statusCodeChangeDateTime: string;
    };
  };
}
const receiver = (keys: Readonly<Record<string, string>> = { "worldline-key": "hello+world" }) => {
  const helper = webhooks.v1.init({
    getSecretKey: (keyId) =>
      keys[keyId] === undefined ? Promise.reject(new Error(`no key ${keyId}`)) : Promise.resolve(keys[keyId]),
  });
  return (letter: Letter, headers: object = letter.headers) => helper.unmarshal(Buffer.from(letter.body), headers);
};
const endpoint = endpointOf("worldline");
const write = (notice: ReturnType<typeof noticeOf>) => writers.worldline(endpoint, notice, 0);

test("Worldline's own helper takes a webhook, and finds the complete payout in it", async () => {
  const life = lived(paid);
  const event = await receiver()(write(noticeOf(life))!);
  assert.equal(event.apiVersion, "v1");
  assert.match(event.id, /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/);
  assert.deepEqual(ids.show(event.id), { kind: "event", subjectId: life.story.payout.id, version: 3 });
  assert.equal(event.created, "2026-02-02T11:24:16.040+0100");
  assert.equal(event.merchantId, "8897");
  assert.equal(event.type, "payout.account_credited");
  assert.deepEqual(event.payout, {
    id: "000000889700163791788780130305",
    payoutOutput: {
      amountOfMoney: { amount: 20_000, currencyCode: "EUR" },
      references: { paymentReference: "0", providerId: "sandbox", providerReference: "SB-77" },
    },
    status: "ACCOUNT_CREDITED",
    statusOutput: {
      isCancellable: false,
      providerRawOutput: [{ key: "status", value: "booked" }],
      statusCategory: "COMPLETED",
      statusCode: 2000,
      statusCodeChangeDateTime: "20260202112416",
    },
  });
});

test("the helper refuses what was changed, signed with another key, or has a header twice", async () => {
  const letter = write(noticeOf(lived(paid)))!;
  const changed = { ...letter, body: letter.body.replace("20000", "20001") };
  await assert.rejects(receiver()(changed), /failed to validate signature/);
  await assert.rejects(receiver({ "worldline-key": "hello world" })(letter), /failed to validate signature/);
  await assert.rejects(receiver({ other: "hello+world" })(letter), /no key worldline-key/);
  const twice = {
    ...letter.headers,
    "x-gcs-signature": [letter.headers["x-gcs-signature"], letter.headers["x-gcs-signature"]],
  };
  await assert.rejects(receiver()(letter, twice), /multiple values/);
});

test("the merchant's own headers are there, and none of them doubles one of ours", async () => {
  const headers = { "X-Shop": "4", "X-GCS-Signature": "x", "X-GCS-KeyId": "y", "CONTENT-TYPE": "text/plain" };
  const letter = writers.worldline(endpointOf("worldline", { headers }), noticeOf(lived(paid)), 0)!;
  assert.equal((await receiver()(letter)).type, "payout.account_credited");
  assert.deepEqual(Object.keys(letter.headers).toSorted(), [
    "content-type",
    "x-gcs-keyid",
    "x-gcs-signature",
    "x-shop",
  ]);
  assert.equal(letter.headers["content-type"], "application/json");
});

test("while keys are changed, letters are signed with the new one and say so", async () => {
  const signing = [
    { id: "new", secret: "other", createdAt: 2 },
    { id: "old", secret: "hello+world", createdAt: 1 },
  ];
  const letter = writers.worldline(endpointOf("worldline", { signing }), noticeOf(lived(paid)), 0)!;
  assert.equal(letter.headers["x-gcs-keyid"], "new");
  assert.ok(await receiver({ new: "other", old: "hello+world" })(letter));
});

/** The sample of the vendor's SDKs: secret `hello+world`, key id `dummy-key-id`. */
const sample = {
  apiVersion: "v1",
  id: "8ee793f6-4553-4749-85dc-f2ef095c5ab0",
  created: "2017-02-02T11:24:14.040+0100",
  merchantId: "20000",
  type: "payment.paid",
  payment: {
    id: "00000200000143570012",
    paymentOutput: {
      amountOfMoney: { amount: 1000, currencyCode: "EUR" },
      references: { paymentReference: "200001681810" },
      paymentMethod: "bankTransfer",
      bankTransferPaymentMethodSpecificOutput: { paymentProductId: 11 },
    },
    status: "PAID",
    statusOutput: {
      isCancellable: false,
      statusCategory: "COMPLETED",
      statusCode: 1000,
      statusCodeChangeDateTime: "20170202112414",
      isAuthorized: true,
    },
  },
};

test("the vendor's own sample is signed as the vendor signs it", () => {
  const signature = sign(JSON.stringify(sample, null, 2), "hello+world").toString("base64");
  assert.equal(signature, "2S7doBj/GnJnacIjSJzr5fxGM5xmfQyFAwxv1I53ZEk=");
  assert.equal(offsetClock(Date.parse("2017-02-02T10:24:14.040Z"), "Europe/Amsterdam"), sample.created);
});

test("instants are told with the offset of their zone and season", () => {
  const summer = Date.UTC(2026, 6, 1, 22, 30, 0, 7);
  assert.equal(offsetClock(summer, "Europe/Amsterdam"), "2026-07-02T00:30:00.007+0200");
  assert.equal(offsetClock(summer, "America/St_Johns"), "2026-07-01T20:00:00.007-0230");
  assert.equal(offsetClock(summer, "UTC"), "2026-07-01T22:30:00.007+0000");
});

test("what is told late is the payout as it was, in the same bytes", () => {
  const early = noticeOf(lived([]), "created");
  const late = noticeOf(lived([...paid, { kind: "returned", attempt: 1 }]), "created");
  assert.deepEqual(writers.worldline(endpoint, { ...late, tries: 4 }, 9e12), writers.worldline(endpoint, early, 1));
  const { payout } = JSON.parse(write(late)!.body) as Event;
  assert.deepEqual(
    [payout.status, payout.statusOutput.statusCode, payout.statusOutput.isCancellable],
    ["PAYOUT_REQUESTED", 800, true],
  );
  assert.equal(payout.statusOutput.statusCodeChangeDateTime, "20260202112414");
});

test("events that the API has no word for, and amounts that two decimals cannot tell, are not told", () => {
  assert.equal(write(noticeOf(lived(paid), "sent")), undefined);
  assert.equal(write(customerNotice("customer_created")), undefined);
  assert.equal(write(noticeOf(lived(paid, { currency: "KWD", amountMinor: 1_255n }))), undefined);
  assert.ok(write(noticeOf(lived(paid, { currency: "KWD", amountMinor: 1_250n }))));
});

test("without a zone instants are told as the vendor's clocks show them", () => {
  const letter = worldlineLetters({ ids })(endpoint, noticeOf(lived([])), 0)!;
  assert.equal((JSON.parse(letter.body) as Event).created, offsetClock(at, "Europe/Amsterdam"));
});

test("an endpoint is verified by a receiver that says the challenge back, and by no other", () => {
  const asked = verification({ ...endpointOf("worldline", { headers: { "X-Shop": "4" } }), username: null }, "abc123");
  assert.deepEqual(asked, {
    method: "GET",
    url: "https://shop.example/webhooks",
    headers: { "x-shop": "4", "x-gcs-webhooks-endpoint-verification": "abc123" },
  });
  assert.equal(isVerified("abc123", { status: 200, body: " abc123\r\n" }), true);
  assert.equal(isVerified("abc123", { status: 204, body: "" }), false);
  assert.equal(isVerified("abc123", { status: 200, body: "abc1234" }), false);
  assert.equal(isVerified("abc123", { status: 200, body: "<p>abc123</p>" }), false);
  assert.equal(isVerified("abc123", { status: 404, body: "abc123" }), false);
  assert.equal(isVerified("abc123", { status: 302, body: "abc123" }), false);
  assert.equal(isVerified("abc123", { status: null, body: "abc123" }), false);
});
