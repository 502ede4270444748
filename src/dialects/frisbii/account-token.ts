import { createHmac, timingSafeEqual } from "node:crypto";

/** For so long a browser may hand in cards before it has to show its public key again. */
export const accountTokenLifeMs = 15 * 60_000;

export interface Browser {
  readonly merchantId: string;
  /** The public key it came with. */
  readonly keyId: string;
}

/** What a browser is given for its public key: whose key it is and how long that is believed, signed. */
export function signAccountToken(secret: Buffer, { merchantId, keyId }: Browser, now: number): string {
  const says = `${merchantId}.${keyId}.${now + accountTokenLifeMs}`;
  return `${says}.${mark(secret, says)}`;
}

/** Whose browser it is; undefined: none of ours, or it has expired. */
export function readAccountToken(secret: Buffer, token: string, now: number): Browser | undefined {
  const [, says, merchantId, keyId, until, given] =
    /^((\d{1,19})\.(\d{1,19})\.(\d{1,16}))\.([0-9a-f]{64})$/.exec(token) ?? [];
  if (says === undefined || given === undefined || merchantId === undefined || keyId === undefined) return undefined;
  const isOurs = timingSafeEqual(Buffer.from(given), Buffer.from(mark(secret, says)));
  return isOurs && now < Number(until) ? { merchantId, keyId } : undefined;
}

const mark = (secret: Buffer, says: string): string =>
  createHmac("sha256", secret).update(`account token ${says}`).digest("hex");
