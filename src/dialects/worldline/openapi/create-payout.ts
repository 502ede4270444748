import { body, ref, saying, text, upTo, type Members } from "../../openapi/schema.ts";
import { amount, country, currency, day, merchantOrderId, merchantReference } from "./values.ts";

/** Numbers may come as text of digits. */
const lenient = (schema: object) => ({ anyOf: [schema, { type: "string", pattern: "^\\d+$" }] });

const bankAccounts: Members = {
  "bankAccountIban?": ref("BankAccountIban"),
  "bankAccountBban?": ref("BankAccountBban"),
};
const transfer: Members = {
  ...bankAccounts,
  "payoutDate?": day,
  "payoutText?": text,
  "swiftCode?": text,
};
const details: Members = {
  "amountOfMoney?": body({ amount: lenient(amount), currencyCode: currency }),
  "customer?": ref("PayoutCustomer"),
  "references?": body({
    "invoiceNumber?": upTo(20),
    "merchantOrderId?": lenient(merchantOrderId),
    "merchantReference?": merchantReference,
  }),
};

/** What a create is asked with. Members of the top level that are older than `payoutDetails` are still read. */
export const createPayoutSchemas = {
  CreatePayoutRequest: body({
    "payoutDetails?": body(details),
    "bankTransferPayoutMethodSpecificInput?": body({ ...transfer, "customer?": ref("PayoutCustomer") }),
    "cardPayoutMethodSpecificInput?": ref("CardPayoutInput"),
    ...details,
    ...transfer,
  }),
  CardPayoutInput: body({
    "card?": ref("Card"),
    "token?": upTo(40),
    "paymentProductId?": lenient({ type: "integer", minimum: 1, maximum: 99_999 }),
    "recipient?": body({ "firstName?": text, "surname?": text, "surnamePrefix?": text }),
  }),
  Card: body({
    cardNumber: saying(text, "12 to 19 digits; blanks are ignored"),
    expiryDate: saying(text, "MMYY"),
    "cardholderName?": text,
  }),
  BankAccountIban: body({ accountHolderName: text, iban: upTo(50) }),
  BankAccountBban: body({
    "accountHolderName?": text,
    "accountNumber?": text,
    "bankCode?": text,
    "bankName?": text,
    "branchCode?": text,
    "checkDigit?": text,
    "countryCode?": country,
  }),
  PayoutCustomer: body({
    "merchantCustomerId?": upTo(20),
    "name?": body({ "title?": text, "firstName?": text, "surnamePrefix?": text, "surname?": text }),
    "address?": body({
      "additionalInfo?": text,
      "city?": text,
      "countryCode?": country,
      "houseNumber?": text,
      "state?": text,
      "stateCode?": text,
      "street?": text,
      "zip?": text,
    }),
    "companyInformation?": body({ "name?": text, "vatNumber?": upTo(30), "dateOfIncorporation?": day }),
    "contactDetails?": body({ "emailAddress?": upTo(70) }),
  }),
};
