import assert from "node:assert/strict";
import { test } from "node:test";
import { payoutStates } from "../../core/payout.ts";
import { tellCreated, tellPayout } from "./payout.ts";
import { aStory, anAnswer, anAttempt, expired, method, noon, nullsIn, told, vault } from "./trial.ts";

const wire = (story: Parameters<typeof tellPayout>[0]) => JSON.parse(JSON.stringify(tellPayout(story)));
const later = noon + 1_000;

test("a failed payout is told as the vendor's sample tells it", () => {
  const story = aStory({ state: "failed", failedAt: later, fault: expired.fault }, [told({ heard: expired })]);
  assert.deepEqual(wire(story), {
    handle: "payout-1234",
    state: "failed",
    amount: 20_000,
    currency: "DKK",
    customer: "customer006",
    failed: "2025-08-04T12:46:02.853+00:00",
    created: "2025-08-04T12:46:01.853+00:00",
    transactions: [
      {
        id: "00000000000010000000000000000001",
        state: "failed",
        payout: "payout-1234",
        amount: 20_000,
        failed: "2025-08-04T12:46:02.853+00:00",
        created: "2025-08-04T12:46:01.853+00:00",
        card_type: "visa",
        provider: "test",
        error: "credit_card_expired",
        error_state: "hard_declined",
        acquirer_code: "54",
        acquirer_message: "Card expired",
        masked_card: "411111XXXXXX1111",
        exp_date: "09-28",
        fingerprint: "cst_0123456789abcdef0123456789abcdef",
        card: {
          id: method.id,
          state: "active",
          customer: "customer006",
          created: "2025-07-01T00:00:00.000+00:00",
          gw_ref: "99",
          card_type: "visa",
          transaction_card_type: "visa",
          masked_card: "411111XXXXXX1111",
          exp_date: "09-28",
          fingerprint: "cst_0123456789abcdef0123456789abcdef",
        },
      },
    ],
  });
});

test("each state of the core is one of the four, with the instant that belongs to it", () => {
  const expected = {
    awaiting_approval: ["created", "processing", undefined],
    queued: ["processing", "processing", "processing"],
    sent: ["processing", "processing", "processing"],
    accepted: ["processing", "processing", "processing"],
    in_doubt: ["processing", "processing", "processing"],
    paid: ["paid", "paid", "paid"],
    returned: ["paid", "paid", "paid"],
    failed: ["failed", "failed", "failed"],
    cancelled: ["failed", "failed", "failed"],
  } as const;
  for (const state of payoutStates) {
    const over = {
      paid: { paidAt: later },
      returned: { paidAt: later, changedAt: noon + 9_000 },
      failed: { failedAt: later },
      cancelled: { changedAt: later },
    }[state as string];
    const story = aStory({ state, ...over });
    const payout = wire(story);
    const created = tellCreated(story);
    assert.deepEqual([payout.state, created.state, payout.transactions.at(-1)?.state], expected[state], state);
    for (const told of [payout, payout.transactions[0]].filter((one) => one !== undefined)) {
      const at = "2025-08-04T12:46:02.853+00:00";
      assert.equal(told.paid, told.state === "paid" ? at : undefined, state);
      assert.equal(told.failed, told.state === "failed" ? at : undefined, state);
    }
    assert.deepEqual(nullsIn(payout), [], state);
  }
});

test("a payout in doubt is processing, and warns that money may have moved", () => {
  const fault = { error: "acquirer_communication_error", errorState: "processing_error" } as const;
  const heard = anAnswer({ verdict: "unanswered", fault, closes: false });
  const [transaction] = wire(aStory({ state: "in_doubt", fault }, [told({ heard })])).transactions;
  assert.deepEqual(
    [transaction.state, transaction.error, transaction.error_state],
    ["processing", "acquirer_communication_error", "processing_error"],
  );
});

test("a cancelled payout is a failure that asking again cannot mend", () => {
  const [transaction] = wire(aStory({ state: "cancelled" })).transactions;
  assert.deepEqual(
    [transaction.state, transaction.error, transaction.error_state],
    ["failed", "cancelled", "hard_declined"],
  );
});

test("earlier attempts have failed with the answer that closed them, oldest first", () => {
  const second = told({ attempt: anAttempt({ attempt: 2, amountMinor: 300n, at: noon + 5_000 }) });
  const story = aStory({ state: "paid", attempt: 2, amountMinor: 300n, paidAt: noon + 6_000 }, [
    told({ heard: expired }),
    second,
  ]);
  const { transactions } = wire(story);
  assert.deepEqual(
    transactions.map(({ id, state, amount, error, failed }: Record<string, unknown>) => [
      id,
      state,
      amount,
      error,
      failed,
    ]),
    [
      ["00000000000010000000000000000001", "failed", 20_000, "credit_card_expired", "2025-08-04T12:46:02.853+00:00"],
      ["00000000000010000000000000000002", "paid", 300, undefined, undefined],
    ],
  );
  const waiting = wire(aStory({ state: "awaiting_approval", attempt: 2 }, [told({ heard: expired }), second]));
  assert.equal(waiting.transactions.length, 1, "an attempt that waits for approval has not begun");
});

test("a payout to a token tells the card without a saved one", () => {
  const [transaction] = wire(aStory({}, [told({ method: null })])).transactions;
  assert.deepEqual([transaction.card, transaction.masked_card], [undefined, "411111XXXXXX1111"]);
});

test("card types are those that every client knows", () => {
  for (const [brand, type] of [
    ["china_union_pay", "unknown"],
    ["unknown", "unknown"],
    ["jcb", "jcb"],
    ["constructor", "unknown"],
  ] as const) {
    const [transaction] = wire(aStory({}, [told({ method: null, vault: { ...vault, brand } })])).transactions;
    assert.equal(transaction.card_type, type);
  }
});

test("an account tells neither a card number nor an expiry, and its rail has no provider's name", () => {
  const account = { ...vault, kind: "iban", masked: "DE3000", brand: "sepa", expMonth: null, expYear: null } as const;
  const attempt = anAttempt({ rail: "sepa", merchantReference: "REF", statementText: "Prize" });
  const [transaction] = wire(aStory({}, [told({ attempt, vault: account, method: null })])).transactions;
  assert.deepEqual(
    [transaction.card_type, transaction.masked_card, transaction.exp_date, transaction.provider],
    ["unknown", undefined, undefined, undefined],
  );
  assert.deepEqual([transaction.acquirer_reference, transaction.text_on_statement], ["REF", "Prize"]);
});
