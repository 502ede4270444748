import type { Merchant } from "../../core/parties.ts";
import type { Story } from "../../core/story.ts";
import type { Reader } from "../services.ts";
import { orderOf } from "./payout-id.ts";
import { speakable, type Known } from "./payout-result.ts";

/**
 * What clients know a payout by. One that was asked for here has its id as its handle. One that came by another API has no order
 * number: its id is the merchant's ten digits and twenty of its own, so that it can be found again.
 */
export function knownAs({ payout, references }: Story, merchant: Merchant): Known {
  const own = orderOf(payout.handle, merchant.worldlineMerchantId) !== undefined;
  return {
    id: own ? payout.handle : merchant.worldlineMerchantId.padStart(10, "0") + payout.id.padStart(20, "0"),
    merchantReference: references?.merchantReference ?? null,
    merchantOrderId: references?.merchantOrderId ?? null,
  };
}

/** The payout of an id, or undefined: another merchant's, one that this API cannot tell, or none. */
export async function storyOf(reader: Reader, merchant: Merchant, id: string): Promise<Story | undefined> {
  const story = await find(reader, merchant, id);
  return story !== undefined && speakable(story.payout) ? story : undefined;
}

async function find(reader: Reader, merchant: Merchant, id: string): Promise<Story | undefined> {
  if (orderOf(id, merchant.worldlineMerchantId) !== undefined) return reader.storyOf(merchant.id, id);
  const [, owner, row] = /^(\d{10})0*([1-9]\d{0,18})$/.exec(id) ?? [];
  if (id.length !== 30 || row === undefined || owner !== merchant.worldlineMerchantId.padStart(10, "0"))
    return undefined;
  return reader.story(merchant.id, row);
}
