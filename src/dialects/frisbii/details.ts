import type { Answer, Attempt } from "../../core/attempt.ts";
import { timestamp } from "./timestamp.ts";

/** The free-form details of a transaction: by what name the bank knows it, and all that was heard about it, oldest first. */
export const tellDetails = (attempt: Attempt, answers: readonly Answer[]) => ({
  reference: attempt.reference,
  rail: attempt.rail,
  answers: answers.map((answer) =>
    withoutNulls({
      source: answer.source,
      verdict: answer.verdict,
      error: answer.fault?.error,
      error_state: answer.fault?.errorState,
      code: answer.code,
      message: answer.message,
      bank_id: answer.bankId,
      heard: timestamp(answer.at),
      raw: JSON.parse(answer.raw) as unknown,
    }),
  ),
});

/** Banks write `null`; this API does not. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.filter((item) => item !== null).map(withoutNulls);
  if (typeof value !== "object" || value === null) return value;
  const kept = Object.entries(value).filter(([, member]) => member !== null && member !== undefined);
  return Object.fromEntries(kept.map(([name, member]) => [name, withoutNulls(member)]));
}
