import { refuse, type Refusal } from "../../core/refusal.ts";
import type { DestinationRef } from "../../flow/destination.ts";
import { ApiError } from "./errors.ts";

/** A saved payment method is `ca_…`, a one-time card token `ct_…`. */
const form = /^(ca|ct)_[A-Za-z0-9_-]{1,64}$/;

export const isMethodId = (text: string): boolean => text.startsWith("ca_") && form.test(text);

/**
 * Where a payout shall go, by its prefix. What has the prefix and cannot be an id of ours is answered as one that nobody
 * has; what has neither prefix is no form of destination at all.
 */
export function readDestination(text: string): DestinationRef | Refusal | ApiError {
  const known = form.test(text);
  if (text.startsWith("ca_")) return known ? { kind: "method", id: text } : refuse("unknown_method");
  if (text.startsWith("ct_")) return known ? { kind: "token", id: text } : refuse("unknown_token");
  return new ApiError(110);
}
