import type { Operations } from "../../openapi/describe.ts";
import {
  body,
  closed,
  int32,
  integer,
  like,
  listOf,
  oneOf,
  ref,
  saying,
  text,
  upTo,
  free,
} from "../../openapi/schema.ts";
import { cardMembers, methodMembers } from "./card.ts";
import { listQuery, listSchema } from "./list.ts";
import {
  cardTypes,
  country,
  currency,
  errorStates,
  fingerprint,
  handle,
  maskedCard,
  methodStates,
  providers,
  reference,
  timestamp,
} from "./values.ts";

const paymentTypes = oneOf(
  ..."card emv_token vipps_recurring applepay mobilepay_subscriptions sepa offline_cash offline_bank_transfer offline_other".split(
    " ",
  ),
);
const owner = { "customer_handle?": handle, "customer?": ref("CreateCustomer") };
const agreement = { "agreement?": upTo(255), "currency?": currency };

export const methodSchemas = {
  AddPaymentMethod: body({ source: saying(upTo(255), "a card token (ct_…)"), ...owner, "reference?": reference }),
  CopyCard: body({ ...owner, "reference?": reference, ...agreement }),
  PaymentMethod: closed({
    ...methodMembers,
    payment_type: paymentTypes,
    "card?": closed({ ...cardMembers, gateway: text, card_agreement: text, "declined_count?": int32(0) }),
  }),
  PaymentMethodList: listSchema(ref("PaymentMethod")),
  PaymentMethodDetails: free("all that is kept of a payment method, but for the number"),
  CardVerification: closed({
    id: text,
    customer: handle,
    created: timestamp,
    state: oneOf("accepted", "soft_declined", "hard_declined", "processing_error"),
    "error?": text,
    "error_state?": errorStates,
    "provider?": providers,
    "acquirer_code?": text,
    "acquirer_message?": text,
  }),
  BinInfo: closed({
    "funding?": text,
    "prepaid?": { type: "boolean" },
    "corporate?": { type: "boolean" },
    "country?": country,
    "category?": text,
    "brand?": text,
    "issuer?": text,
    "outside_eu?": { type: "boolean" },
  }),
  CardTokenDetails: closed({
    "state?": text,
    "ip?": text,
    "fingerprint?": fingerprint,
    "agreement_id?": text,
    "transaction_card_type?": cardTypes,
    "card_type?": cardTypes,
    "payment_type?": paymentTypes,
    "pan_type?": text,
    "card_country?": country,
    "exp_month?": integer(1, 12),
    "exp_year?": integer(0, 99),
    "masked_card_number?": maskedCard,
  }),
};

const one = { 200: ref("PaymentMethod") };
const found = { answers: one, errors: [404] };
const changed = { answers: one, errors: [400, 404] };

export const methodOperations: Operations = {
  "POST /v1/payment_method": { does: "Save the card behind a token", body: ref("AddPaymentMethod"), ...changed },
  "GET /v1/payment_method/:id": { does: "Get a payment method", ...found },
  "DELETE /v1/payment_method/:id": { does: "Delete a payment method", ...changed },
  "POST /v1/payment_method/:id/inactivate": { does: "Take it out of use", ...changed },
  "POST /v1/payment_method/:id/activate": { does: "Put it into use again", ...changed },
  "POST /v1/payment_method/:id/card_reactivate": { does: "Use a failed card again", ...changed },
  "POST /v1/payment_method/:id/card/verify": {
    does: "Ask whether a card could be paid",
    body: body({ "currency?": currency }),
    optional: true,
    answers: { 200: ref("CardVerification") },
    errors: [400, 404],
  },
  "POST /v1/payment_method/:id/card_copy": {
    does: "Save the same card once more",
    body: ref("CopyCard"),
    optional: true,
    ...changed,
  },
  "POST /v1/payment_method/:id/card_move": {
    does: "Ask whether an agreement pays out to the card",
    body: body(agreement),
    optional: true,
    ...changed,
  },
  "GET /v1/payment_method/:id/details": {
    does: "Get all that is kept of it",
    answers: { 200: ref("PaymentMethodDetails") },
    errors: [404],
  },
  "GET /v1/payment_method/:id/card_bin_info": {
    does: "Get what the card's range tells",
    answers: { 200: ref("BinInfo") },
    errors: [404],
  },
  "GET /v1/payment_method/card_token/:tokenid/details": {
    does: "Get the card behind a token",
    answers: { 200: ref("CardTokenDetails") },
    errors: [400, 404],
  },
  "GET /v1/list/payment_method": {
    does: "List payment methods",
    query: {
      ...listQuery("created"),
      "id?": text,
      "state?": listOf(methodStates),
      "payment_type?": listOf(paymentTypes),
      "customer?": handle,
      "reference?": reference,
      "failed?": saying(text, "an interval of dates such as [2021-09-01;2021-10-01]"),
      "card_type?": listOf(cardTypes),
      "transaction_card_type?": listOf(cardTypes),
      "card_prefix?": like(/^\d{1,6}$/),
      "card_postfix?": like(/^\d{1,4}$/),
      "card_fingerprint?": text,
      "card_gateway?": text,
      "card_agreement?": text,
    },
    answers: { 200: ref("PaymentMethodList") },
    errors: [400],
  },
};
