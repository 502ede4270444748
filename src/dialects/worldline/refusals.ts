import { refusals, type Refusal, type RefusalCode } from "../../core/refusal.ts";
import type { Told } from "../services.ts";
import type { CodeName } from "./codes.ts";
import { apiError, tellErrors, type ApiError, type Answering } from "./errors.ts";

/** The calls whose words for the same refusal differ; `tokens` are the calls that manage them. */
export type Call = "create" | "approve" | "cancel" | "cancelapproval" | "tokens" | "other";

/** One code everywhere, or one of its own for some calls. */
type Words = CodeName | ({ readonly [call in Exclude<Call, "other">]?: CodeName } & { readonly other: CodeName });

const ofToken = (other: CodeName): Words => ({ create: "tokenUnusable", other });

/** The words for each refusal of the core. What this API cannot even ask for is a conflict. */
export const wordsOf: Record<RefusalCode, Words> = {
  bad_amount: "fieldInvalid",
  insufficient_funds: "insufficientBalance",
  wrong_state: { approve: "notPending", other: "notCancellable" },
  closed_attempt: "conflict",
  frozen: "payoutFrozen",
  unknown_payout: "unknownPayout",
  payout_processing: "anotherAction",
  payout_already_paid: "orderUsed",
  payout_cancelled: "orderUsed",
  customer_changed: "orderUsed",
  amount_changed: "orderUsed",
  currency_changed: "orderUsed",
  too_many_retries: "orderUsed",
  unknown_customer: "conflict",
  customer_deleted: "conflict",
  duplicate_customer: "conflict",
  missing_customer: "conflict",
  customer_in_use: "conflict",
  debtor_id_taken: "conflict",
  debtor_id_fixed: "conflict",
  test_data_on_live: "actionNotAllowed",
  live_data_on_test: "actionNotAllowed",
  unknown_method: ofToken("unknownToken"),
  method_inactive: ofToken("conflict"),
  method_not_inactive: ofToken("conflict"),
  method_pending: ofToken("conflict"),
  method_failed: ofToken("conflict"),
  method_not_failed: ofToken("conflict"),
  method_cannot_pay_out: "noProviders",
  method_lacks_currency: "noProviders",
  unknown_token: ofToken("unknownToken"),
  token_used: ofToken("conflict"),
  token_expired: ofToken("conflict"),
  adding_declined: "conflict",
  adding_failed: "conflict",
  unknown_session: "conflict",
  session_used: "conflict",
  session_expired: "conflict",
  reference_reused: "orderUsed",
  below_floor: "insufficientBalance",
};

/** A refusal of the core as an error of this API. */
export function errorOf({ refused, facts }: Refusal, call: Call): ApiError {
  const words = wordsOf[refused];
  const name = typeof words === "string" ? words : ((call === "other" ? undefined : words[call]) ?? words.other);
  if (name === "noProviders") return apiError(name, { message: combination(facts) });
  return apiError(name, ownText.has(name) ? { message: refusals[refused] } : {});
}

/** Codes of which the text says too little: the core's own words go with them. */
const ownText: ReadonlySet<CodeName> = new Set<CodeName>(["fieldInvalid", "tokenUnusable", "conflict"]);

function combination({ brand, currency }: Refusal["facts"]): string {
  const known = [brand && `PAYMENTPRODUCT: ${brand.toUpperCase()}`, currency && `CURRENCYCODE: ${currency}`];
  return `NO VALID PROVIDERS FOUND FOR COMBINATION ${known.filter(Boolean).join(", ")}`.trim();
}

export const tellRefusal = (refusal: Refusal, call: Call, answering: Answering): Told =>
  tellErrors([errorOf(refusal, call)], answering);
