import { createHmac, createSecretKey } from "node:crypto";
import { toWire } from "../../core/money.ts";
import { payoutTopic, type CustomerEvent } from "../../core/notice.ts";
import type { Merchant } from "../../core/parties.ts";
import type { PayoutHistory } from "../../core/payout.ts";
import type { Story } from "../../core/story.ts";
import { asOf } from "../../flow/as-of.ts";
import { headersOf, type LetterWriter } from "../letter.ts";
import type { OpaqueIds } from "../opaque-ids.ts";
import { ownEvents } from "./event-types.ts";
import { instantOrNull, instantText } from "./show.ts";

/**
 * Our own webhooks, in the form of Standard Webhooks 1.0.0 (standardwebhooks.com): any of its libraries can verify them. One signature
 * for each secret, so that a receiver can change to a new one at any moment of a rotation.
 */
export const standardLetters =
  ({ ids }: { readonly ids: Pick<OpaqueIds, "hide"> }): LetterWriter =>
  (endpoint, { id: noticeId, about }, now) => {
    const event = "event" in about ? about.event : about.customerEvent;
    const type = ownEvents.nameOf("event" in about ? payoutTopic(about.event) : about.customerEvent.kind);
    if (type === undefined) return undefined;
    const [subjectId, version] =
      "event" in about ? [about.event.payoutId, about.event.version] : [about.customerEvent.id, 0];
    const eventId = ids.hide({ kind: "event", subjectId, version });
    const whose = { event_id: eventId, ...tellMerchant(endpoint.merchant) };
    const data =
      "event" in about
        ? { ...whose, payout: tellPayout(about.story, about.event) }
        : { ...whose, ...tellCustomer(about.customerEvent) };
    const body = JSON.stringify({ type, timestamp: instantText(event.at), data });
    const id = `msg_${ids.hide({ kind: "notice", noticeId })}`;
    const seconds = Math.floor(now / 1_000);
    const signatures = endpoint.secrets.signing.map(({ secret }) => standardSignature(secret, id, seconds, body));
    const own = {
      "content-type": "application/json",
      "webhook-id": id,
      "webhook-timestamp": String(seconds),
      "webhook-signature": signatures.join(" "),
    };
    return { headers: headersOf(endpoint, own), body };
  };

/** `secret` is `whsec_` and the key in base64; `seconds` since 1970. */
export function standardSignature(secret: string, id: string, seconds: number, body: string): string {
  const key = createSecretKey(secret.replace(/^whsec_/, ""), "base64");
  return `v1,${createHmac("sha256", key).update(`${id}.${seconds}.${body}`).digest("base64")}`;
}

const tellMerchant = ({ id, handle }: Merchant) => ({ merchant_id: id, merchant: handle });

/** In the words of `GET /admin/merchants/:id/payouts/:handle`, as far as they are known of the moment of the event. */
function tellPayout(now: Story, event: PayoutHistory) {
  const { payout } = asOf(now, event);
  return {
    id: payout.id,
    handle: payout.handle,
    version: payout.version,
    kind: event.kind,
    state: payout.state,
    attempt: payout.attempt,
    amount_minor: toWire(payout.amountMinor),
    currency: payout.currency,
    customer: payout.customer,
    door: payout.door,
    rail: payout.rail,
    error: payout.fault?.error ?? null,
    error_state: payout.fault?.errorState ?? null,
    created_at: instantText(payout.createdAt),
    changed_at: instantText(payout.changedAt),
    paid_at: instantOrNull(payout.paidAt),
    failed_at: instantOrNull(payout.failedAt),
  };
}

const tellCustomer = ({ kind, customer, methodId }: CustomerEvent) => ({ kind, customer, method: methodId });
