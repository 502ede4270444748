import { payoutTopic } from "../../core/notice.ts";
import type { OpenEndpoint } from "../../engine/mailbox.ts";
import { asOf } from "../../flow/as-of.ts";
import { headersOf, newestSecret, type LetterWriter } from "../letter.ts";
import type { OpaqueIds } from "../opaque-ids.ts";
import { offsetClock } from "./days.ts";
import { worldlineEvents } from "./event-types.ts";
import { knownAs } from "./known.ts";
import { defaultTimezone, speakable, tellPayout } from "./payout-result.ts";
import { sign } from "./signature.ts";
import { uuid } from "./uuid.ts";

export interface WorldlineTools {
  readonly ids: Pick<OpaqueIds, "hide">;
  /** The clock that instants are told by. */
  readonly timezone?: string;
}

/** Webhooks of the API ("Webhooks"): the payout as it was at the event, the body signed byte for byte. */
export const worldlineLetters =
  ({ ids, timezone = defaultTimezone }: WorldlineTools): LetterWriter =>
  (endpoint, { about }) => {
    if (!("event" in about)) return undefined; // the API has no events of customers
    const type = worldlineEvents.nameOf(payoutTopic(about.event));
    const story = asOf(about.story, about.event);
    if (type === undefined || !speakable(story.payout)) return undefined;
    const { payoutId: subjectId, version, at } = about.event;
    const body = JSON.stringify({
      apiVersion: "v1",
      id: uuid(ids.hide({ kind: "event", subjectId, version })),
      created: offsetClock(at, timezone),
      merchantId: endpoint.merchant.worldlineMerchantId,
      type,
      payout: tellPayout(story, knownAs(story, endpoint.merchant), timezone),
    });
    const { id: keyId, secret } = newestSecret(endpoint);
    const signature = sign(body, secret).toString("base64");
    const own = { "content-type": "application/json", "x-gcs-signature": signature, "x-gcs-keyid": keyId };
    return { headers: headersOf(endpoint, own), body };
  };

/** The GET by which an endpoint shows that its receiver is ours: it has to say the challenge back. */
export interface Verification {
  readonly method: "GET";
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** `challenge`: text by chance, of letters and digits. */
export const verification = (
  endpoint: Pick<OpenEndpoint, "url" | "username" | "secrets">,
  challenge: string,
): Verification => ({
  method: "GET",
  url: endpoint.url,
  headers: headersOf(endpoint, { "x-gcs-webhooks-endpoint-verification": challenge }),
});

/** Whether a receiver has said the challenge back: with a success, and nothing else but blanks around it. */
export const isVerified = (
  challenge: string,
  reply: { readonly status: number | null; readonly body: string },
): boolean => reply.status !== null && reply.status >= 200 && reply.status < 300 && reply.body.trim() === challenge;
