import { INT32_MAX } from "../../core/money.ts";

/** Amounts of this API are integers of 32 bits. A payout beyond that, asked for in another API, is not found in this one. */
export const mostMinor = BigInt(INT32_MAX);

export const speakable = (minor: bigint): boolean => minor <= mostMinor;
