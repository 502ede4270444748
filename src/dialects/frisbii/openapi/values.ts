import { instant, integer, like, oneOf, saying } from "../../openapi/schema.ts";

/** Scalars of this API. */
export const handle = like(/^[A-Za-z0-9_.@-]{1,255}$/, { maxLength: 255 });
export const reference = like(/^[A-Za-z0-9_.@-]{1,64}$/, { maxLength: 64 });
export const hex32 = like(/^[0-9a-f]{32}$/);
export const methodId = like(/^ca_[A-Za-z0-9_-]{1,64}$/);
export const tokenId = like(/^ct_[A-Za-z0-9_-]{1,64}$/);
export const currency = saying(like(/^[A-Z]{3}$/), "ISO 4217");
export const country = saying(like(/^[A-Z]{2}$/), "ISO 3166-1 alpha-2");
/** An instant as it is always written: to the millisecond, at offset zero. */
export const timestamp = { ...instant, pattern: "^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}\\+00:00$" };
export const localTime = saying(like(/^\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d(\.\d{1,3})?)?$/), "in the account's time zone");
export const wholeLocalTime = like(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}$/);
export const count = integer(0);

export const cardTypes = oneOf(
  ..."unknown visa mc dankort visa_dk ffk visa_elec maestro laser amex diners discover jcb china_union_pay".split(" "),
);
export const methodStates = oneOf("active", "inactivated", "failed", "pending", "deleted");
export const errorStates = oneOf("pending", "soft_declined", "hard_declined", "processing_error");
export const providers = oneOf(
  ..."reepay aibms bambora barclays clearhaus cmcic credibanco cs elavon evry first_data handelsbanken hsbc nets shift4 spreedly swedbank thailand_kbank valitor worldline worldpay test".split(
    " ",
  ),
);

/** What a card's number looks like wherever it is told: never whole. */
export const maskedCard = like(/^\d{6}X+\d{4}$/);
export const expDate = saying(like(/^\d\d-\d\d$/), "MM-YY");
export const fingerprint = like(/^cst_[0-9a-f]{32}$/);
