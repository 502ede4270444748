/** Where an error arose: in this API, in what pays, or between systems. */
export type Category = "CONNECT_PLATFORM_ERROR" | "PAYMENT_PLATFORM_ERROR" | "IO_ERROR";

export interface Code {
  readonly code: string;
  readonly http: number;
  /** Also the message, where there is no other. */
  readonly id: string;
  readonly message?: string;
  readonly category: Category;
  /** The property it is always about. */
  readonly property?: string;
}

const entry =
  (category: Category) =>
  (http: number, code: string, id: string, more: Pick<Code, "message" | "property"> = {}): Code => ({
    code,
    http,
    id,
    category,
    ...more,
  });
const connect = entry("CONNECT_PLATFORM_ERROR");
const payment = entry("PAYMENT_PLATFORM_ERROR");
const io = entry("IO_ERROR");

const notAuthorised = { message: "Not authorised" };
const token = { property: "cardPayoutMethodSpecificInput.token" };

/**
 * Every error that this API is answered with. Codes are the vendor's where it has one that is public. What it has no public
 * code for is `fieldInvalid`, one for all fields, and the ones that begin with 99, which no range of the vendor's does.
 *
 * Source: Worldline Connect API reference, error pages and SDK fixtures; the ids of 21… and 400210 are our words.
 */
export const codes = {
  parameterMissing: connect(400, "20000000", "PARAMETER_NOT_FOUND_IN_REQUEST"),
  valueEmpty: connect(400, "20001000", "NULL_VALUE_NOT_ALLOWED"),
  luhn: connect(400, "21000020", "VALUE_DID_NOT_PASS_THE_LUHNCHECK"),
  notANumber: connect(400, "21000050", "VALUE_IS_NOT_A_NUMBER"),
  expiryDate: connect(400, "21000120", "EXPIRY_DATE_IN_THE_PAST_OR_NOT_IN_CORRECT_FORMAT"),
  fieldInvalid: connect(400, "21000999", "INVALID_FIELD_VALUE"),
  tokenUnusable: connect(400, "21000999", "INVALID_FIELD_VALUE", token),

  unauthorised: connect(403, "9002", "MISSING_OR_INVALID_AUTHORIZATION"),
  merchantNotAllowed: connect(403, "9007", "ACCESS_TO_MERCHANT_NOT_ALLOWED"),
  actionNotAllowed: payment(403, "102020", "ACTION_IS_NOT_ALLOWED_FOR_MERCHANT"),

  unknownPayout: connect(404, "1002", "UNKNOWN_PAYOUT_ID", { property: "payoutId" }),
  unknownToken: connect(404, "99000003", "UNKNOWN_TOKEN", { property: "tokenId" }),
  notConvertible: connect(404, "99000004", "BANK_ACCOUNT_NOT_CONVERTIBLE"),
  unknownIin: connect(404, "99000005", "UNKNOWN_IIN", { property: "bin" }),
  unknownPath: connect(404, "99000006", "UNKNOWN_PATH"),
  wrongMethod: connect(405, "99000007", "METHOD_NOT_ALLOWED"),

  inProgress: connect(409, "1409", "DUPLICATE_REQUEST_IN_PROGRESS", { message: "DUPLICATE REQUEST IN PROGRESS" }),
  conflict: connect(409, "1400", "CONFLICT"),
  anotherAction: payment(409, "103000", "ANOTHER_ACTION_IS_IN_PROCESS"),
  orderUsed: payment(409, "300620", "ORDER_ALREADY_USED"),

  notPending: payment(402, "410110", "UNKNOWN_ORDER_OR_NOT_PENDING"),
  notCancellable: payment(402, "400210", "UNKNOWN_ORDER_OR_NOT_CANCELLABLE", {
    message: "UNKNOWN ORDER OR NOT CANCELLABLE",
  }),
  insufficientBalance: payment(402, "99000001", "INSUFFICIENT_BALANCE"),
  payoutFrozen: payment(402, "99000002", "PAYOUT_FROZEN"),
  refused: payment(402, "430330", "NOT_AUTHORISED", notAuthorised),
  doNotHonour: payment(402, "430285", "NOT_AUTHORISED", notAuthorised),
  cardExpired: payment(402, "430306", "CARD_EXPIRED", { message: "Card expired" }),
  notEnoughMoney: payment(402, "430360", "NOT_AUTHORISED", notAuthorised),
  lostOrStolen: payment(402, "430412", "NOT_AUTHORISED", notAuthorised),
  suspectedFraud: payment(402, "430421", "NOT_AUTHORISED", notAuthorised),
  noProviders: payment(402, "430900", "NO_VALID_PROVIDERS_FOUND"),

  tooLarge: connect(413, "99000010", "REQUEST_TOO_LARGE"),
  tooManyRequests: connect(429, "99000008", "TOO_MANY_REQUESTS"),
  unknownServerError: connect(500, "9999", "UNKNOWN_SERVER_ERROR"),
  communication: io(502, "22000045", "COMMUNICATION_ERROR"),
  unavailable: connect(503, "99000009", "TEMPORARILY_UNAVAILABLE"),
} as const satisfies Record<string, Code>;

export type CodeName = keyof typeof codes;
