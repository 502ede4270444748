import type { Fault, Payout } from "../../core/payout.ts";
import type { CodeName } from "./codes.ts";
import { apiError, type ApiError } from "./errors.ts";

/** The codes for what banks and acquirers say; a reason that is not here is told as a plain refusal. */
const codeOf: Readonly<Record<string, CodeName>> = {
  declined_by_acquirer: "doNotHonour",
  credit_card_expired: "cardExpired",
  insufficient_funds: "notEnoughMoney",
  credit_card_lost_or_stolen: "lostOrStolen",
  credit_card_suspected_fraud: "suspectedFraud",
};

/** Why a payout was refused, as `statusOutput.errors` tells it. Empty where it was not. The status is always that of a refusal. */
export function declineOf({
  state,
  firstSentAt,
  fault,
}: Pick<Payout, "state" | "firstSentAt" | "fault">): readonly ApiError[] {
  return state === "failed" ? [{ ...apiError(nameOf(fault, firstSentAt !== null)), httpStatusCode: 402 }] : [];
}

function nameOf(fault: Fault | null, left: boolean): CodeName {
  if (!left && fault?.error === "insufficient_funds") return "insufficientBalance"; // ours: the bank was not asked
  if (fault?.errorState === "processing_error") return "communication";
  const error = fault?.error ?? "";
  return Object.hasOwn(codeOf, error) ? codeOf[error]! : "refused";
}
