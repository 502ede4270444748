import { assert } from "../../core/assert.ts";

/** Order numbers have ten digits. */
export const orders = 10_000_000_000;

/** What all payouts end in: effort -1, as a payout has it, and attempt 1. Our own tries again keep the id. */
const effortAndAttempt = "000-100001";

/**
 * The thirty characters that clients know a payout by: the merchant, ten digits; the order, ten digits; effort and attempt,
 * five each. `00000088970012412214000-100001` is order 12412214 of merchant 8897.
 */
export function payoutId(worldlineMerchantId: string, order: number): string {
  assert(/^\d{1,10}$/.test(worldlineMerchantId), `${worldlineMerchantId} is a merchant id of this API`);
  assert(Number.isSafeInteger(order) && order >= 0 && order < orders, `${order} is an order number`);
  return worldlineMerchantId.padStart(10, "0") + String(order).padStart(10, "0") + effortAndAttempt;
}

/** The order number of a payout of this merchant, or undefined: an id of somebody else, or none at all. */
export function orderOf(id: string, worldlineMerchantId: string): number | undefined {
  const [, merchant, order] = /^(\d{10})(\d{10})000-100001$/.exec(id) ?? [];
  return merchant === worldlineMerchantId.padStart(10, "0") ? Number(order) : undefined;
}
