import assert from "node:assert/strict";
import { test } from "node:test";
import { isRefusal } from "../../core/refusal.ts";
import { isApiError } from "./errors.ts";
import { readMethod, tellMethod } from "./payment-method.ts";
import { merchant, method, token, vault } from "./trial.ts";

const wire = (...[of, by = merchant]: [typeof method, typeof merchant?]) =>
  JSON.parse(JSON.stringify(tellMethod(of, by)));

test("a payment method is told with its card in it", () => {
  assert.deepEqual(wire({ ...method, reference: "main" }), {
    id: method.id,
    state: "active",
    customer: "customer006",
    reference: "main",
    created: "2025-07-01T00:00:00.000+00:00",
    payment_type: "card",
    card: {
      gateway: "test",
      card_agreement: "agreement-1",
      gw_ref: "99",
      card_type: "visa",
      transaction_card_type: "visa",
      fingerprint: "cst_0123456789abcdef0123456789abcdef",
      masked_card: "411111XXXXXX1111",
      exp_date: "09-28",
    },
  });
});

test("gateway and agreement are always told, being required: those that a payout to this card would go by", () => {
  const sandbox = merchant.agreements[0]!;
  const amex = { ...sandbox, id: "amex-only", rail: "bank", brands: ["amex"] };
  const own = { ...sandbox, id: "own", rail: "bank" };
  const cards = [
    [{ ...merchant, agreements: [amex, own] }, "reepay", "own"],
    [{ ...merchant, test: false, agreements: [sandbox, own] }, "reepay", "own"],
    [{ ...merchant, agreements: [amex] }, "reepay", "amex-only"],
    [{ ...merchant, agreements: [] }, "test", "none"],
  ] as const;
  for (const [by, gateway, agreement] of cards) {
    const { card } = wire(method, by);
    assert.deepEqual([card.gateway, card.card_agreement], [gateway, agreement]);
  }
});

test("a failed method says since when; one that is no card has none", () => {
  assert.equal(wire({ ...method, state: "failed", failedAt: method.at }).failed, "2025-07-01T00:00:00.000+00:00");
  const account = wire({ ...method, vault: { ...vault, kind: "iban" } });
  assert.deepEqual([account.payment_type, account.card], ["sepa", undefined]);
});

test("only a card token becomes a payment method", () => {
  const read = (body: object) => {
    const answer = readMethod(body);
    if (isApiError(answer)) return `${answer.status}/${answer.code}`;
    return isRefusal(answer) ? answer.refused : answer;
  };
  const plain = { source: token.id, customer_handle: "customer006" };
  assert.deepEqual(read({ ...plain, reference: "cs_1" }), {
    tokenId: token.id,
    reference: "cs_1",
    payer: { customer: "customer006", draft: null },
  });
  assert.equal(read({ ...plain, source: "ct_?" }), "unknown_token");
  for (const source of [method.id, "ca_?", "ms_1", ""]) assert.equal(read({ ...plain, source }), "400/110");
  assert.equal(read({ customer_handle: "customer006" }), "422/1");
  assert.equal(read({ ...plain, reference: "x".repeat(65) }), "422/1");
});
