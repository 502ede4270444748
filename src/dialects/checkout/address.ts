/** Where a person enters a card: `/checkout/{account}/{session}`. The account is the merchant's id as `GET /v1/account` tells it. */
export const checkoutPath = (merchantId: string, sessionId: string): string =>
  `/checkout/${BigInt(merchantId).toString(16).padStart(32, "0")}/${sessionId}`;

/** The merchant and session that an address names; undefined: what stands there can be none. */
export function readAddress(account: string, session: string): { merchantId: string; sessionId: string } | undefined {
  if (!/^0{16}[0-7][0-9a-f]{15}$/.test(account) || !/^cs_[0-9a-f]{32}$/.test(session)) return undefined;
  return { merchantId: BigInt(`0x${account}`).toString(), sessionId: session };
}
