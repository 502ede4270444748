import assert from "node:assert/strict";
import { test } from "node:test";
import type { Answer, Attempt } from "../../core/attempt.ts";
import type { VaultFacts } from "../../core/parties.ts";
import { advance, create, type Fault, type Payout, type PayoutEvent } from "../../core/payout.ts";
import { isRefusal } from "../../core/refusal.ts";
import type { Story } from "../../core/story.ts";
import { speakable, tellPayout } from "./payout-result.ts";

const at = Date.UTC(2014, 6, 7, 7, 31, 3); // 09:31:03 in Amsterdam
const id = "00000088970012412214000-100001";
const known = { id, merchantReference: "AcmeOrder0001", merchantOrderId: null };
const softDecline: Fault = { error: "insufficient_funds", errorState: "soft_declined" };
const silence: Fault = { error: "acquirer_communication_error", errorState: "processing_error" };
const hardDecline = (error: string): Fault => ({ error, errorState: "hard_declined" });

type Happening = PayoutEvent extends infer E ? (E extends PayoutEvent ? Omit<E, "at"> : never) : never;

/** A payout that began in `start` and lived through `happenings`. */
function live(start: "queued" | "awaiting_approval", ...happenings: Happening[]): Payout {
  const draft = { merchantId: "1", id: "7", handle: id, door: "worldline", customer: "c", text: null } as const;
  const rail = "sandbox";
  let { payout } = create({ ...draft, rail, amountMinor: 2345n, currency: "EUR", dueAt: at }, start, at);
  for (const happening of happenings) {
    const step = advance(payout, { ...happening, at });
    assert.ok(!isRefusal(step), `${happening.kind} is refused`);
    ({ payout } = step);
  }
  return payout;
}
const sent = { kind: "sent", attempt: 1 } as const;

function storyOf(payout: Payout, heard: Partial<Answer> | null = null, kind: VaultFacts["kind"] = "iban"): Story {
  const attempt = { attempt: 1, rail: "sandbox" } as Attempt;
  const vault = { kind } as VaultFacts;
  return { payout, references: null, attempts: [{ attempt, vault, method: null, heard: heard as Answer | null }] };
}
/** As a client gets it: without what is undefined. */
const told = (story: Story, zone?: string) => JSON.parse(JSON.stringify(tellPayout(story, known, zone))) as Told;
interface Told {
  status: string;
  payoutOutput: { references: Record<string, unknown> };
  statusOutput: Record<string, unknown> & { errors?: Record<string, unknown>[] };
}

test("an approved payout is told as the reference shows it", () => {
  assert.deepEqual(told(storyOf(live("awaiting_approval", { kind: "approved" }))), {
    id: "00000088970012412214000-100001",
    payoutOutput: {
      amountOfMoney: { amount: 2345, currencyCode: "EUR" },
      references: { merchantReference: "AcmeOrder0001", paymentReference: "0" },
    },
    status: "PAYOUT_REQUESTED",
    statusOutput: {
      isCancellable: true,
      statusCategory: "PENDING_CONNECT_OR_3RD_PARTY",
      statusCode: 800,
      statusCodeChangeDateTime: "20140707093103",
    },
  });
});

test("every state has its status, category and number, and can be cancelled until it has left", () => {
  const declined = { kind: "declined", attempt: 1, fault: softDecline } as const;
  const unanswered = { kind: "unanswered", attempt: 1, fault: silence } as const;
  const lost = { kind: "never_received", attempt: 1, fault: silence } as const;
  const paid = { kind: "paid", attempt: 1 } as const;
  const lives: readonly [Payout, VaultFacts["kind"], string][] = [
    [live("awaiting_approval"), "iban", "PENDING_APPROVAL PENDING_MERCHANT 600 true"],
    [live("queued"), "iban", "PAYOUT_REQUESTED PENDING_CONNECT_OR_3RD_PARTY 800 true"],
    [live("queued", sent), "iban", "PAYOUT_REQUESTED PENDING_CONNECT_OR_3RD_PARTY 850 false"],
    [
      live("queued", sent, { kind: "accepted", attempt: 1 }),
      "iban",
      "PAYOUT_REQUESTED PENDING_CONNECT_OR_3RD_PARTY 900 false",
    ],
    [live("queued", sent, unanswered), "iban", "PAYOUT_REQUESTED PENDING_CONNECT_OR_3RD_PARTY 975 false"],
    [live("queued", sent, paid), "iban", "ACCOUNT_CREDITED COMPLETED 2000 false"],
    [live("queued", sent, paid, { kind: "returned", attempt: 1 }), "iban", "REVERSED REVERSED 2220 false"],
    [live("awaiting_approval", { kind: "cancelled" }), "iban", "CANCELLED UNSUCCESSFUL 99999 false"],
    [live("queued", { kind: "refused", fault: softDecline }), "iban", "REJECTED UNSUCCESSFUL 100 false"],
    [
      live("queued", sent, { kind: "unsent", attempt: 1 }, { kind: "refused", fault: silence }),
      "iban",
      "REJECTED UNSUCCESSFUL 100 false", // sent, but not a byte of it left
    ],
    [live("queued", sent, declined), "iban", "REJECTED_CREDIT UNSUCCESSFUL 2110 false"],
    [live("queued", sent, declined), "card", "REJECTED_CREDIT UNSUCCESSFUL 2120 false"],
    [live("queued", sent, unanswered, lost), "card", "REJECTED_CREDIT UNSUCCESSFUL 2100 false"],
  ];
  for (const [payout, kind, expected] of lives) {
    const { status, statusOutput } = told(storyOf(payout, null, kind));
    const { statusCategory, statusCode, isCancellable, errors, isRetriable } = statusOutput;
    assert.equal([status, statusCategory, statusCode, isCancellable].map(String).join(" "), expected);
    assert.equal(errors !== undefined && isRetriable !== undefined, payout.state === "failed", expected);
  }
});

test("a payout that is frozen keeps its status", () => {
  const paid = live("queued", sent, { kind: "paid", attempt: 1 });
  const frozen = live("queued", sent, { kind: "paid", attempt: 1 }, { kind: "contradicted" });
  assert.deepEqual(told(storyOf(frozen)), told(storyOf(paid)));
});

test("a refused payout says why, in codes of the API, and whether it is worth trying again", () => {
  const failed = (fault: Fault) =>
    told(storyOf(live("queued", sent, { kind: "declined", attempt: 1, fault }))).statusOutput;
  const why = (fault: Fault) => failed(fault).errors?.map(({ code, message }) => `${String(code)} ${String(message)}`);
  assert.deepEqual(why(hardDecline("declined_by_acquirer")), ["430285 Not authorised"]);
  assert.deepEqual(why(hardDecline("credit_card_expired")), ["430306 Card expired"]);
  assert.deepEqual(why(hardDecline("credit_card_suspected_fraud")), ["430421 Not authorised"]);
  assert.deepEqual(why(hardDecline("credit_card_lost_or_stolen")), ["430412 Not authorised"]);
  assert.deepEqual(why(hardDecline("anything_else")), ["430330 Not authorised"]);
  assert.deepEqual(why(hardDecline("constructor")), ["430330 Not authorised"]);
  assert.deepEqual(why(softDecline), ["430360 Not authorised"]);
  assert.deepEqual(why(silence), ["22000045 COMMUNICATION_ERROR"]);
  assert.deepEqual(failed(softDecline).errors, [
    {
      category: "PAYMENT_PLATFORM_ERROR",
      code: "430360",
      httpStatusCode: 402,
      id: "NOT_AUTHORISED",
      message: "Not authorised",
    },
  ]);
  assert.equal(failed(softDecline).isRetriable, true);
  assert.equal(failed(hardDecline("credit_card_expired")).isRetriable, false);
  assert.equal(failed(silence).isRetriable, false);
});

test("too little money of the merchant's own is told otherwise than too little at the bank", () => {
  const { statusOutput } = told(storyOf(live("awaiting_approval", { kind: "refused", fault: softDecline })));
  assert.equal(statusOutput.errors?.[0]?.["id"], "INSUFFICIENT_BALANCE");
  assert.equal(statusOutput.errors?.[0]?.["code"], "99000001");
});

test("what the bank said is told as pairs of text, with its own reference", () => {
  const heard = { bankId: "bt-17", raw: '{"http_status":200,"status":"paid","fees":{"minor":0},"note":null}' };
  const answer = told(storyOf(live("queued", sent, { kind: "paid", attempt: 1 }), heard));
  assert.deepEqual(answer.statusOutput["providerRawOutput"], [
    { key: "http_status", value: "200" },
    { key: "status", value: "paid" },
    { key: "fees", value: '{"minor":0}' },
    { key: "note", value: "null" },
  ]);
  assert.deepEqual(answer.payoutOutput.references, {
    merchantReference: "AcmeOrder0001",
    paymentReference: "0",
    providerId: "sandbox",
    providerReference: "bt-17",
  });
  for (const raw of ['{"cut', "[1]", "null", "{}"])
    assert.equal(
      told(storyOf(live("queued", sent), { bankId: null, raw })).statusOutput["providerRawOutput"],
      undefined,
    );
});

test("the change of a status is told by the clocks of Amsterdam, or of another place", () => {
  const story = storyOf(live("queued"));
  assert.equal(told(story).statusOutput["statusCodeChangeDateTime"], "20140707093103");
  assert.equal(told(story, "UTC").statusOutput["statusCodeChangeDateTime"], "20140707073103");
});

test("an amount is told with two decimals, and one that has a third or is too large not at all", () => {
  const story = storyOf({ ...live("queued"), amountMinor: 100n, currency: "JPY" });
  assert.equal(tellPayout(story, known).payoutOutput.amountOfMoney.amount, 10000);
  assert.equal(speakable({ amountMinor: 1255n, currency: "KWD" }), false);
  assert.equal(speakable({ amountMinor: 1250n, currency: "KWD" }), true);
  assert.equal(speakable({ amountMinor: 1_000_000_000_000n, currency: "EUR" }), false);
  assert.equal(speakable({ amountMinor: 10_000_000_000n, currency: "JPY" }), false);
});
