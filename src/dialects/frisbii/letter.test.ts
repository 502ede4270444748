import assert from "node:assert/strict";
import { createHmac, createSecretKey } from "node:crypto";
import { test } from "node:test";
import { customerEventKinds } from "../../core/notice.ts";
import { opaqueIds } from "../opaque-ids.ts";
import { at, customerNotice, endpointOf, ids, lived, noticeOf, paid, secrets, writers } from "../../testing/letters.ts";
import { transactionId } from "./transaction.ts";
import { frisbiiEvents } from "./event-types.ts";
import { frisbiiLetters, frisbiiSignature } from "./letter.ts";

const endpoint = endpointOf("frisbii");
const write = (notice: ReturnType<typeof noticeOf>) => writers.frisbii(endpoint, notice, 0);
const read = (notice: ReturnType<typeof noticeOf>) =>
  JSON.parse(write(notice)!.body) as Record<string, string | undefined>;

test("a webhook names what happened and to whom, and tells nothing of the state", () => {
  const life = lived(paid);
  const { id, event_id: eventId, signature, ...rest } = read(noticeOf(life));
  assert.deepEqual(rest, {
    event_type: "payout_paid",
    timestamp: "2026-02-02T10:24:16.040Z",
    customer: "cust-0001",
    payout: "prize-1",
    transaction: transactionId(life.story.payout.id, 1),
    payment_method: "ca_5f3a9b0c",
    payment_method_reference: "main-card",
  });
  assert.deepEqual(ids.show(id!), { kind: "notice", noticeId: "163791788780130399" });
  assert.deepEqual(ids.show(eventId!), { kind: "event", subjectId: life.story.payout.id, version: 3 });
  assert.match(signature!, /^[0-9a-f]{64}$/);
});

test("a receiver that follows the vendor's recipe finds the signature right, and with another secret or time it is wrong", () => {
  const body = read(noticeOf(lived(paid)));
  const recipe = (secret: string, text: string) =>
    createHmac("sha256", Buffer.from(secret, "utf8")).update(text, "utf8").digest("hex");
  assert.equal(body["signature"], recipe(secrets.frisbii, `${body["timestamp"]}${body["id"]}`));
  assert.notEqual(body["signature"], recipe(`${secrets.frisbii}x`, `${body["timestamp"]}${body["id"]}`));
  assert.notEqual(body["signature"], recipe(secrets.frisbii, `${body["timestamp"]}1${body["id"]}`));
  // Computed once by openssl: printf %s 2015-06-25T12:10:00.64Zid | openssl dgst -sha256 -hmac webhook_secret_x
  assert.equal(
    frisbiiSignature("webhook_secret_x", "2015-06-25T12:10:00.64Z", "id"),
    "6457d8b4544916ff0952c8836447ba6de4f3ea1d70035c9eb7aa49edaec92bb4",
  );
});

test("the same notice is the same body on every try, and a payout's later life changes nothing of it", () => {
  const first = noticeOf(lived(paid), "paid");
  const later = noticeOf(lived([...paid, { kind: "returned", attempt: 1 }]), "paid");
  assert.deepEqual(writers.frisbii(endpoint, { ...later, tries: 3 }, 9e12), writers.frisbii(endpoint, first, 1));
});

test("what waits for approval has no transaction yet", () => {
  const life = lived([{ kind: "approved" }, ...paid]);
  const told = read(noticeOf(life, "created"));
  assert.equal(told["event_type"], "payout_created");
  assert.equal("transaction" in told, false);
  assert.equal(read(noticeOf(life, "approved"))["event_type"], "payout_processing");
  assert.equal("transaction" in read(noticeOf(life, "approved")), true);
});

test("events of customers name the customer, and those of payment methods the method too", () => {
  for (const kind of customerEventKinds) {
    const { id: _, event_id: eventId, signature: __, ...rest } = read(customerNotice(kind));
    const type = kind.startsWith("method_") ? `customer_payment_${kind}` : kind;
    const method = kind.startsWith("method_") ? { payment_method: "ca_5f3a9b0c" } : {};
    assert.deepEqual(rest, {
      event_type: type,
      timestamp: new Date(at).toISOString(),
      customer: "cust-0001",
      ...method,
    });
    assert.deepEqual(ids.show(eventId!), { kind: "event", subjectId: "163791788780130307", version: 0 });
  }
});

test("customers and cards that only the other API knows are not named", () => {
  const byNumber = lived(paid, {
    door: "worldline",
    handle: "00000088970012412214000-100001",
    customer: "00000088970012412214000-100001",
  });
  assert.equal(read(noticeOf(byNumber))["customer"], undefined);
  const kept = lived(paid, { door: "worldline", customer: "cst_0011" });
  const attempts = kept.story.attempts.map((one) => ({ ...one, method: { ...one.method!, customer: "cst_0011" } }));
  const told = read(noticeOf({ ...kept, story: { ...kept.story, attempts } }));
  assert.deepEqual(
    [told["customer"], told["payment_method"], told["payment_method_reference"]],
    [undefined, undefined, undefined],
  );
  assert.equal(told["payout"], "prize-1");
});

test("an amount beyond 32 bits, and what the API has no event for, is not told", () => {
  assert.equal(write(noticeOf(lived(paid, { amountMinor: 2_147_483_648n }))), undefined);
  assert.ok(write(noticeOf(lived(paid, { amountMinor: 2_147_483_647n }))));
  assert.equal(write(noticeOf(lived(paid), "sent")), undefined);
});

test("events have the names that the operator gave them", () => {
  const tools = {
    ids: opaqueIds(createSecretKey(Buffer.alloc(32, 7))),
    events: frisbiiEvents({ payout_paid: "payout_settled" }),
  };
  const letter = frisbiiLetters(tools)(endpoint, noticeOf(lived(paid)), 0);
  assert.equal((JSON.parse(letter!.body) as Record<string, string>)["event_type"], "payout_settled");
});

test("the receiver is told who calls, and no header of the merchant's takes the place of one of ours", () => {
  const headers = { "X-Shop": "4", "Content-Type": "text/plain", Authorization: "Bearer x" };
  const secrets = { ...endpoint.secrets, password: "pässword", headers };
  const letter = writers.frisbii({ ...endpoint, username: "shop", secrets }, noticeOf(lived(paid)), 0)!;
  assert.deepEqual(letter.headers, {
    "x-shop": "4",
    "content-type": "application/json",
    authorization: `Basic ${Buffer.from("shop:pässword").toString("base64")}`,
  });
});
