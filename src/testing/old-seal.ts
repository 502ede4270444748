import { createCipheriv, hkdfSync, randomBytes } from "node:crypto";
import { sealContext } from "../vault/seal.ts";

/** Seals as earlier releases did, under a master key (`<id>:<hex>`) itself: written out once more, from what is documented of version 1. */
export function sealOld(
  masterKey: string,
  [merchantId, rowId, purpose]: readonly [string, string, string],
  text: string,
  nonce = randomBytes(12),
): string {
  const [id, hex] = masterKey.split(":") as [string, string];
  const key = Buffer.from(hkdfSync("sha256", Buffer.from(hex, "hex"), "", "disburse vault: seal", 32));
  const cipher = createCipheriv("aes-256-gcm", key, nonce);
  cipher.setAAD(Buffer.from(`v1.${id}.${sealContext(merchantId, rowId, purpose)}`));
  const bytes = Buffer.concat([nonce, cipher.update(text, "utf8"), cipher.final(), cipher.getAuthTag()]);
  return `v1.${id}.${bytes.toString("base64url")}`;
}
