import assert from "node:assert/strict";
import { test } from "node:test";
import { Webhook } from "standardwebhooks";
import { customerEventKinds } from "../../core/notice.ts";
import { customerNotice, endpointOf, ids, lived, noticeOf, paid, secrets, writers } from "../../testing/letters.ts";
import { standardSignature } from "./letter.ts";

const endpoint = endpointOf("standard");
const now = Date.now();
const verify = (letter: { headers: Readonly<Record<string, string>>; body: string }, secret = secrets.standard) =>
  new Webhook(secret).verify(letter.body, letter.headers);
const other = `whsec_${Buffer.alloc(24, 5).toString("base64")}`;

test("the public library takes a webhook, which tells the payout in our words", () => {
  const life = lived(paid);
  const letter = writers.standard(endpoint, noticeOf(life), now)!;
  assert.deepEqual(verify(letter), {
    type: "payout.paid",
    timestamp: "2026-02-02T10:24:16.040Z",
    data: {
      event_id: ids.hide({ kind: "event", subjectId: life.story.payout.id, version: 3 }),
      merchant_id: "163791788780130304",
      merchant: "demo",
      payout: {
        id: "163791788780130305",
        handle: "prize-1",
        version: 3,
        kind: "paid",
        state: "paid",
        attempt: 1,
        amount_minor: 20_000,
        currency: "EUR",
        customer: "cust-0001",
        door: "frisbii",
        rail: "sandbox",
        error: null,
        error_state: null,
        created_at: "2026-02-02T10:24:14.040Z",
        changed_at: "2026-02-02T10:24:16.040Z",
        paid_at: "2026-02-02T10:24:16.040Z",
        failed_at: null,
      },
    },
  });
  assert.equal(letter.headers["webhook-id"], `msg_${ids.hide({ kind: "notice", noticeId: "163791788780130399" })}`);
  assert.equal(letter.headers["content-type"], "application/json");
});

test("the library refuses what was changed, signed with another secret, or is old", () => {
  const letter = writers.standard(endpoint, noticeOf(lived(paid)), now)!;
  assert.throws(() => verify({ ...letter, body: letter.body.replace("20000", "20001") }), /No matching signature/);
  assert.throws(() => verify(letter, other), /No matching signature/);
  assert.throws(() => verify(writers.standard(endpoint, noticeOf(lived(paid)), now - 301_000)!), /too old/);
});

test("each try has the same id and body, its own time, and a signature over that time", () => {
  const notice = noticeOf(lived(paid));
  const first = writers.standard(endpoint, notice, now - 100_000)!;
  const again = writers.standard(endpoint, { ...notice, tries: 5 }, now)!;
  assert.deepEqual([again.body, again.headers["webhook-id"]], [first.body, first.headers["webhook-id"]]);
  assert.equal(Number(again.headers["webhook-timestamp"]) - Number(first.headers["webhook-timestamp"]), 100);
  assert.notEqual(again.headers["webhook-signature"], first.headers["webhook-signature"]);
  verify(again);
  verify(first);
});

test("while secrets are changed, a receiver with either one takes the letter", () => {
  const signing = [
    { id: "new", secret: other, createdAt: 2 },
    { id: "old", secret: secrets.standard, createdAt: 1 },
  ];
  const letter = writers.standard(endpointOf("standard", { signing }), noticeOf(lived(paid)), now)!;
  assert.match(letter.headers["webhook-signature"]!, /^v1,[A-Za-z0-9+/]{43}= v1,[A-Za-z0-9+/]{43}=$/);
  verify(letter, other);
  verify(letter, secrets.standard);
});

test("the specification's own vector is signed as it says", () => {
  const [id, seconds, body] = ["msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, '{"test": 2432232314}'] as const;
  const signature = standardSignature(secrets.standard, id, seconds, body);
  assert.equal(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
  assert.equal(
    new Webhook(other).sign(id, new Date(seconds * 1_000), body),
    standardSignature(other, id, seconds, body),
  );
});

test("every event of a customer is told, with the payment method where it is about one", () => {
  for (const kind of customerEventKinds) {
    const told = verify(writers.standard(endpoint, customerNotice(kind), now)!) as { type: string; data: object };
    assert.equal(told.type, kind.replace("_", "."));
    assert.deepEqual(told.data, {
      event_id: ids.hide({ kind: "event", subjectId: "163791788780130307", version: 0 }),
      merchant_id: "163791788780130304",
      merchant: "demo",
      kind,
      customer: "cust-0001",
      method: kind.startsWith("method_") ? "ca_5f3a9b0c" : null,
    });
  }
});

test("why a payout failed is told with the failure, also when it has been paid since", () => {
  const fault = { error: "insufficient_funds", errorState: "soft_declined" } as const;
  const life = lived([{ kind: "sent", attempt: 1 }, { kind: "declined", attempt: 1, fault }, { kind: "retried" }]);
  const attempts = life.story.attempts.map((one) => ({ ...one, heard: { ...one.heard!, fault } }));
  const notice = noticeOf({ ...life, story: { ...life.story, attempts } }, "declined");
  const { data } = verify(writers.standard(endpoint, notice, now)!) as { data: { payout: Record<string, unknown> } };
  assert.equal(data.payout["state"], "failed");
  assert.equal(data.payout["error"], "insufficient_funds");
  assert.equal(data.payout["attempt"], 1);
});
