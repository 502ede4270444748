import { createHmac } from "node:crypto";
import type { AttemptStory, Story } from "../../core/story.ts";
import { payoutTopic } from "../../core/notice.ts";
import type { OpenEndpoint } from "../../engine/mailbox.ts";
import { asOf } from "../../flow/as-of.ts";
import type { DueNotice, NoticeSubject } from "../../store/due-notices.ts";
import type { EventTypes } from "../event-types.ts";
import { headersOf, newestSecret, type LetterWriter } from "../letter.ts";
import type { OpaqueIds } from "../opaque-ids.ts";
import { speakable } from "./speakable.ts";
import { toldAttempts, transactionId } from "./transaction.ts";

export interface FrisbiiTools {
  readonly ids: Pick<OpaqueIds, "hide">;
  /** Its events by the names that the operator gave them. */
  readonly events: EventTypes;
}

/** Webhooks of the API ("Webhooks"): signed references to what happened, without the state itself. */
export const frisbiiLetters =
  (tools: FrisbiiTools): LetterWriter =>
  (endpoint, notice) => {
    const body = frisbiiBody(tools, endpoint, notice);
    return body === undefined
      ? undefined
      : { headers: headersOf(endpoint, { "content-type": "application/json" }), body };
  };

/** The body of a webhook; as text it is also the `content` of the Webhook resource. */
export function frisbiiBody(
  { ids, events }: FrisbiiTools,
  endpoint: Pick<OpenEndpoint, "id" | "secrets">,
  { id: noticeId, about }: Pick<DueNotice, "id" | "about">,
): string | undefined {
  const { topic, at, subjectId, version } = eventOf(about);
  const eventType = events.nameOf(topic);
  const told = eventType === undefined ? undefined : referencesTo(about);
  if (told === undefined) return undefined;
  const id = ids.hide({ kind: "notice", noticeId });
  const timestamp = new Date(at).toISOString();
  return JSON.stringify({
    id,
    event_id: ids.hide({ kind: "event", subjectId, version }),
    event_type: eventType,
    timestamp,
    signature: frisbiiSignature(newestSecret(endpoint).secret, timestamp, id),
    ...told,
  });
}

/** Over time and id only, keyed with the secret as it is written, prefix and all. */
export const frisbiiSignature = (secret: string, timestamp: string, id: string): string =>
  createHmac("sha256", secret)
    .update(timestamp + id)
    .digest("hex");

const eventOf = (about: NoticeSubject) =>
  "event" in about
    ? {
        topic: payoutTopic(about.event),
        at: about.event.at,
        subjectId: about.event.payoutId,
        version: about.event.version,
      }
    : { topic: about.customerEvent.kind, at: about.customerEvent.at, subjectId: about.customerEvent.id, version: 0 };

/** What happened to whom. `payout` is ours: the API's own webhooks name none. Undefined: an amount that the API cannot tell. */
function referencesTo(about: NoticeSubject) {
  if (!("event" in about)) {
    const { customer, methodId } = about.customerEvent;
    return { customer, payment_method: methodId ?? undefined };
  }
  const story = asOf(about.story, about.event);
  if (!speakable(story.payout.amountMinor)) return undefined;
  const attempt = story.attempts.at(-1);
  const begun = attempt !== undefined && toldAttempts(story).includes(attempt);
  const method = attempt === undefined || isKept(attempt) ? null : attempt.method;
  return {
    customer: customerOf(story, attempt),
    payout: story.payout.handle,
    transaction: begun ? transactionId(story.payout.id, attempt.attempt.attempt) : undefined,
    payment_method: method?.id,
    payment_method_reference: method?.reference ?? undefined,
  };
}

/** A card that was kept for its own sake: its customer, its fingerprint, is one that nobody sees. */
const isKept = ({ method, vault }: AttemptStory): boolean => method?.customer === vault.fingerprint;

/** Payouts of the other API may have a customer that nobody sees: one named after the payout, or after the card. */
const customerOf = ({ payout }: Story, attempt: AttemptStory | undefined): string | undefined =>
  payout.door === "worldline" && (payout.customer === payout.handle || payout.customer === attempt?.vault.fingerprint)
    ? undefined
    : payout.customer;
