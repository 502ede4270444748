import type { AttemptStory, Story } from "../core/story.ts";
import type { Fault, Payout, PayoutHistory } from "../core/payout.ts";
import { communicationError } from "./heard.ts";

/**
 * A payout as it was at one of its events, from what is known of it now: whoever is told late is told what happened, not what came of
 * it. The same event gives the same story however much later it is told.
 *
 * Taken back: state, version, times, later attempts, what later attempts changed (amount, rail), answers that came later, and whether
 * anything had left.
 *
 * Not known any more: the text, if a later attempt changed it; in what words a bank was silent; the bank's answer, and what a payout
 * failed of, where an operator's word has taken its place. What the engine notes for itself (`nextAt`, `asks`, …) stays as it is now, and
 * `frozen` is told only by the events that freeze.
 */
export function asOf({ payout, attempts, references }: Story, event: PayoutHistory): Story {
  const begun = attempts.filter(({ attempt }) => attempt.attempt <= event.attempt);
  const latest = begun.at(-1);
  const had = !hasNotLeft(event);
  const send = event.attempt === payout.attempt ? Math.max(1, payout.send) : 1;
  const was: Payout = {
    ...payout,
    state: event.state,
    version: event.version,
    attempt: event.attempt,
    amountMinor: latest?.attempt.amountMinor ?? payout.amountMinor,
    rail: latest?.attempt.rail ?? payout.rail,
    send: had ? send : 0,
    firstSentAt: had && event.kind !== "unsent" ? firstSentBy(payout, event) : null,
    fault: faultAt(payout, latest, event),
    frozen: event.kind === "contradicted" || event.kind === "parked",
    changedAt: event.at,
    paidAt: event.state === "paid" || event.state === "returned" ? payout.paidAt : null,
    failedAt: event.state === "failed" ? failedBy(payout, latest, event) : null,
  };
  return { payout: was, attempts: begun.map((one) => ({ ...one, heard: heardBy(one, event) })), references };
}

/** Whether nothing of the attempt can have left at that event. */
const hasNotLeft = ({ kind, state }: PayoutHistory): boolean =>
  kind === "refused" ||
  state === "awaiting_approval" ||
  state === "cancelled" ||
  (state === "queued" && kind !== "unsent");

const firstSentBy = (payout: Payout, { attempt, at }: PayoutHistory): number =>
  attempt === payout.attempt ? Math.min(payout.firstSentAt ?? at, at) : at;

/** An event beside the state comes after the failure; every other one that leads there is the failure. */
function failedBy(payout: Payout, latest: AttemptStory | undefined, { kind, attempt, at }: PayoutHistory): number {
  if (!beside.has(kind)) return at;
  const now = attempt === payout.attempt ? payout.failedAt : null;
  return Math.min(now ?? latest?.heard?.at ?? at, at);
}
const beside: ReadonlySet<PayoutHistory["kind"]> = new Set(["contradicted", "parked", "unfrozen"]);

function faultAt(payout: Payout, latest: AttemptStory | undefined, { state, attempt }: PayoutHistory): Fault | null {
  if (state === "in_doubt") return communicationError;
  if (state !== "failed") return null;
  const now = attempt === payout.attempt && payout.state === "failed" ? payout.fault : null;
  return latest?.heard?.fault ?? now; // an attempt fails once, and the answer that ended it is the one that is kept
}

/** Events that an answer may bring about: it came at that very instant. At all others what came at the same instant came after. */
const broughtAbout: ReadonlySet<PayoutHistory["kind"]> = new Set([
  "accepted",
  "paid",
  "found_paid",
  "declined",
  "refused",
  "unanswered",
  "unsent",
  "never_received",
  "returned",
  "contradicted",
  "parked",
  "unfrozen",
]);

function heardBy({ attempt, heard }: AttemptStory, event: PayoutHistory): AttemptStory["heard"] {
  if (heard === null || heard.at > event.at) return null;
  const came = heard.at < event.at || attempt.attempt < event.attempt || broughtAbout.has(event.kind);
  return came ? heard : null;
}
