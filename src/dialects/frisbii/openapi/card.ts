import { closed, like, oneOf, text, type Members } from "../../openapi/schema.ts";
import {
  cardTypes,
  country,
  errorStates,
  expDate,
  fingerprint,
  handle,
  maskedCard,
  methodId,
  methodStates,
  reference,
  timestamp,
} from "./values.ts";

/** What tells whose a payment method is, and how it stands. */
export const methodMembers: Members = {
  id: methodId,
  state: methodStates,
  customer: handle,
  created: timestamp,
  "reference?": reference,
  "failed?": timestamp,
};

/** What tells the card itself. */
export const cardMembers: Members = {
  gw_ref: text,
  card_type: cardTypes,
  "transaction_card_type?": cardTypes,
  "fingerprint?": fingerprint,
  "exp_date?": expDate,
  "masked_card?": maskedCard,
  "reactivated?": timestamp,
  "last_success?": timestamp,
  "last_failed?": timestamp,
  "first_fail?": timestamp,
  "card_country?": country,
  "error_code?": text,
  "error_state?": errorStates,
  "strong_authentication_status?": oneOf("threed_secure", "threed_secure_not_enrolled", "secured_by_nets"),
  "three_d_secure_status?": like(/^[YA]$/),
  "risk_rule?": text,
};

/** The older form: in transactions, and where old clients ask. */
export const cardSchemas = {
  Card: closed({ ...methodMembers, ...cardMembers }),
};
