import type { Operations } from "../../openapi/describe.ts";
import { body, closed, flag, integer, ref, saying, text, upTo } from "../../openapi/schema.ts";
import { amount, country, currency, day, lastFour } from "./values.ts";

const product = integer(1, 99_999);

export const serviceSchemas = {
  BankDetailsRequest: body({ "bankAccountBban?": ref("BankAccountBban"), "bankAccountIban?": ref("BankAccountIban") }),
  BankDetailsResponse: closed({
    bankAccountBban: closed({
      "accountHolderName?": text,
      "accountNumber?": text,
      "bankCode?": text,
      "bankName?": text,
      "branchCode?": text,
      "checkDigit?": text,
      countryCode: country,
    }),
    bankAccountIban: closed({ "accountHolderName?": text, iban: text }),
  }),
  GetIINDetailsRequest: body({ bin: saying(text, "6 digits or more") }),
  GetIINDetailsResponse: closed({ paymentProductId: product, countryCode: saying(text, "99: not known") }),
  CreateTokenRequest: body({
    "paymentProductId?": product,
    card: body({ data: body({ cardWithoutCvv: ref("Card") }) }),
  }),
  CreateTokenResponse: closed({ token: upTo(40), isNewToken: flag, "originalPaymentId?": text }),
  TokenResponse: closed({
    id: text,
    "paymentProductId?": product,
    "originalPaymentId?": text,
    card: closed({
      alias: lastFour,
      data: closed({
        cardWithoutCvv: closed({ cardNumber: lastFour, expiryDate: { type: "string", pattern: "^\\d{4}$" } }),
      }),
    }),
  }),
};

const root = "/v1/:merchantId";

export const serviceOperations: Operations = {
  [`GET ${root}/services/testconnection`]: { does: "Try a key", answers: { 200: closed({ result: { const: "OK" } }) } },
  [`GET ${root}/services/convert/amount`]: {
    does: "Convert an amount by the merchant's rates",
    query: { source: currency, target: currency, amount },
    answers: { 200: closed({ convertedAmount: integer(0) }) },
  },
  [`POST ${root}/services/convert/bankaccount`]: {
    does: "Tell an account as IBAN and as BBAN",
    body: ref("BankDetailsRequest"),
    answers: { 200: ref("BankDetailsResponse") },
  },
  [`POST ${root}/services/getIINdetails`]: {
    does: "Tell the product of a card's leading digits",
    body: ref("GetIINDetailsRequest"),
    answers: { 200: ref("GetIINDetailsResponse") },
  },
  [`POST ${root}/tokens`]: {
    does: "Keep a card; 200 where it is kept already",
    body: ref("CreateTokenRequest"),
    answers: { 200: ref("CreateTokenResponse"), 201: ref("CreateTokenResponse") },
    errors: [409],
  },
  [`GET ${root}/tokens/:tokenId`]: { does: "Get a kept card", answers: { 200: ref("TokenResponse") } },
  [`PUT ${root}/tokens/:tokenId`]: {
    does: "Change a kept card's date of expiry",
    body: ref("CreateTokenRequest"),
    answers: { 204: null },
    errors: [409],
  },
  [`DELETE ${root}/tokens/:tokenId`]: {
    does: "Forget a kept card",
    query: { "mandateCancelDate?": day },
    answers: { 204: null },
    errors: [409],
  },
};
