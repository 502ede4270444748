import { integer, like, saying, type Members } from "../../openapi/schema.ts";

/** Scalars of this API. */
export const day = saying(like(/^\d{8}$/), "YYYYMMDD");
export const currency = saying(like(/^[A-Z]{3}$/), "ISO 4217");
export const country = saying(like(/^[A-Z]{2}$/), "ISO 3166-1 alpha-2");
export const amount = {
  ...saying(integer(1, 999_999_999_999), "two implied decimals, whatever the currency's own"),
  format: "int64",
};
/** Named by whoever asks, echoed exactly. */
export const merchantReference = { type: "string", maxLength: 30 };
export const merchantOrderId = { ...integer(0, 999_999_999_999_999), format: "int64" };
export const payoutId = like(/^[0-9-]{30}$/);
/** What a card's number looks like wherever it is told. */
export const lastFour = like(/^\*+\d{4}$/);

/** The vendor's header by which a request that is sent again is known. */
export const idempotence: Members = {
  "X-GCS-Idempotence-Key?": like(/^[\x20-\x7e]{1,40}$/, { maxLength: 40 }),
};
/** On the answer to a repeat: when the first request came, in milliseconds since 1970. */
export const repeated: Members = { "X-GCS-Idempotence-Request-Timestamp?": like(/^\d{10,}$/) };
