import type { Operations } from "../../openapi/describe.ts";
import { body, closed, flag, integer, listOf, oneOf, ref, saying, text, uri } from "../../openapi/schema.ts";
import {
  amount,
  currency,
  day,
  idempotence,
  merchantOrderId,
  merchantReference,
  payoutId,
  repeated,
} from "./values.ts";

const payout = closed({
  id: payoutId,
  payoutOutput: closed({
    amountOfMoney: closed({ amount, currencyCode: currency }),
    references: closed({
      "merchantOrderId?": merchantOrderId,
      "merchantReference?": merchantReference,
      "paymentReference?": text,
      "providerId?": text,
      "providerMerchantId?": text,
      "providerReference?": text,
      "referenceOrigPayment?": text,
    }),
  }),
  status: oneOf(
    ..."CREATED PENDING_APPROVAL PAYOUT_REQUESTED ACCOUNT_CREDITED REJECTED REJECTED_CREDIT CANCELLED REVERSED".split(
      " ",
    ),
  ),
  statusOutput: closed({
    "errors?": listOf(ref("APIError"), { minItems: 1 }),
    isCancellable: flag,
    "isRetriable?": flag,
    "providerRawOutput?": listOf(closed({ key: text, value: text })),
    statusCategory: oneOf(
      ..."CREATED PENDING_MERCHANT PENDING_CONNECT_OR_3RD_PARTY COMPLETED UNSUCCESSFUL REVERSED".split(" "),
    ),
    statusCode: { enum: [0, 100, 600, 800, 850, 900, 975, 2000, 2100, 2110, 2120, 2130, 2210, 2220, 99999] },
    statusCodeChangeDateTime: saying({ type: "string", pattern: "^\\d{14}$" }, "the vendor's wall clock"),
  }),
});

export const payoutSchemas = {
  PayoutResponse: payout,
  PayoutResult: payout,
  ApprovePayoutRequest: body({ "datePayout?": day }),
  FindPayoutsResponse: closed({
    limit: integer(1, 100),
    offset: integer(0),
    payouts: listOf(ref("PayoutResult"), { maxItems: 100 }),
    totalCount: integer(0),
  }),
};

const one = { 200: ref("PayoutResponse") };
const root = "/v1/:merchantId/payouts";
const step = { headers: idempotence, tells: repeated, errors: [400, 402, 409] };

export const payoutOperations: Operations = {
  [`POST ${root}`]: {
    does: "Create a payout, which waits for approval",
    headers: idempotence,
    body: ref("CreatePayoutRequest"),
    answers: { 201: ref("PayoutResponse") },
    tells: { Location: uri, ...repeated },
    errors: [402, 403, 404, 409],
    error: ref("PayoutErrorResponse"),
  },
  [`GET ${root}`]: {
    does: "Find payouts by the merchant's references",
    query: {
      "merchantReference?": merchantReference,
      "merchantOrderId?": merchantOrderId,
      "offset?": integer(0),
      "limit?": integer(1, 100),
    },
    answers: { 200: ref("FindPayoutsResponse") },
  },
  [`GET ${root}/:payoutId`]: { does: "Get a payout", answers: one },
  [`POST ${root}/:payoutId/approve`]: {
    does: "Approve a payout",
    body: ref("ApprovePayoutRequest"),
    optional: true,
    answers: one,
    ...step,
  },
  [`POST ${root}/:payoutId/cancel`]: { does: "Cancel a payout, for good", answers: { 204: null }, ...step },
  [`POST ${root}/:payoutId/cancelapproval`]: { does: "Take an approval back", answers: { 204: null }, ...step },
};
