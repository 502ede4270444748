import { assert } from "../../core/assert.ts";
import { isCurrency } from "../../core/currency.ts";
import { toTwoDecimals, toWire } from "../../core/money.ts";
import type { Payout } from "../../core/payout.ts";
import type { AttemptStory, Story } from "../../core/story.ts";
import { wallClock } from "./days.ts";
import { declineOf } from "./declines.ts";
import { isCancellable, statusOf } from "./status.ts";

/** What this API knows of a payout beside its story. */
export interface Known {
  /** The thirty characters of `payout-id.ts`. */
  readonly id: string;
  readonly merchantReference: string | null;
  readonly merchantOrderId: number | null;
}

/** The vendor tells instants as its own clocks show them, without saying so. */
export const defaultTimezone = "Europe/Amsterdam";

/** `PayoutResponse` and `PayoutResult`. Of the destination, the customer and the payout text the API tells nothing. */
export function tellPayout(story: Story, known: Known, timezone: string = defaultTimezone) {
  const { payout } = story;
  const attempt = story.attempts.at(-1);
  const amount = wireAmount(payout);
  assert(amount !== undefined, `payout ${payout.id} is one that two decimals can tell`);
  return {
    id: known.id,
    payoutOutput: {
      amountOfMoney: { amount, currencyCode: payout.currency },
      references: tellReferences(known, attempt),
    },
    ...tellStatus(payout, attempt, timezone),
  };
}

/** What an amount beyond twelve digits or with a third decimal cannot be: told here. Such payouts come from elsewhere. */
export const speakable = (payout: Pick<Payout, "amountMinor" | "currency">): boolean =>
  wireAmount(payout) !== undefined;

function wireAmount({ amountMinor, currency }: Pick<Payout, "amountMinor" | "currency">): number | undefined {
  const amount = isCurrency(currency) ? toTwoDecimals(amountMinor, currency) : undefined;
  return amount === undefined || amount > 999_999_999_999n ? undefined : toWire(amount);
}

/** `providerId` and `providerReference` say who carried it and what they call it, as far as they said. */
const tellReferences = ({ merchantOrderId, merchantReference }: Known, attempt: AttemptStory | undefined) => ({
  merchantOrderId: merchantOrderId ?? undefined,
  merchantReference: merchantReference ?? undefined,
  paymentReference: "0",
  providerId: attempt?.heard?.bankId == null ? undefined : attempt.attempt.rail,
  providerReference: attempt?.heard?.bankId ?? undefined,
});

function tellStatus(payout: Payout, attempt: AttemptStory | undefined, timezone: string) {
  const { status, statusCategory, statusCode } = statusOf(payout, attempt?.vault.kind ?? "card");
  const errors = declineOf(payout);
  const raw = rawOutput(attempt);
  return {
    status,
    statusOutput: {
      errors: errors.length === 0 ? undefined : errors,
      isCancellable: isCancellable(payout),
      isRetriable: errors.length === 0 ? undefined : payout.fault?.errorState === "soft_declined",
      providerRawOutput: raw.length === 0 ? undefined : raw,
      statusCategory,
      statusCode,
      statusCodeChangeDateTime: wallClock(payout.changedAt, timezone),
    },
  };
}

/** The bank's answer (scrubbed when it was kept) as pairs of text. What is no JSON object any more is left out. */
function rawOutput(attempt: AttemptStory | undefined): { key: string; value: string }[] {
  try {
    const raw: unknown = JSON.parse(attempt?.heard?.raw ?? "{}");
    if (typeof raw !== "object" || raw === null || Array.isArray(raw)) return [];
    return Object.entries(raw).map(([key, value]) => ({
      key,
      value: typeof value === "string" ? value : JSON.stringify(value),
    }));
  } catch {
    return [];
  }
}
