import { createCipheriv, createDecipheriv, createHmac, createSecretKey, type KeyObject } from "node:crypto";

/** What an id stands for: an event, or a notice of one. */
export type Opaque =
  | { readonly kind: "event"; readonly subjectId: string; readonly version: number }
  | { readonly kind: "notice"; readonly noticeId: string };

/** Ids of 32 hexadecimal digits that tell nothing to whoever has them, and that nobody has to store. */
export interface OpaqueIds {
  hide(meant: Opaque): string;
  /** What an id of ours stands for; undefined: it is none. Dashes do not matter. */
  show(id: string): Opaque | undefined;
}

const kinds = ["event", "notice"] as const;

/**
 * One block of AES-128: a permutation of 128 bits that only the holder of the key can turn round. The numbers fill 13 bytes; the
 * other three are zero, so an id that somebody makes up stands for nothing. An id is the merchant's it is read for, or not found.
 */
export function opaqueIds(secret: KeyObject): OpaqueIds {
  const key = createSecretKey(createHmac("sha256", secret).update("opaque ids").digest().subarray(0, 16));
  return {
    hide(meant) {
      const block = Buffer.alloc(16);
      block[0] = kinds.indexOf(meant.kind) + 1;
      block.writeBigUInt64BE(BigInt(meant.kind === "event" ? meant.subjectId : meant.noticeId), 1);
      block.writeUInt32BE(meant.kind === "event" ? meant.version : 0, 9);
      return createCipheriv("aes-128-ecb", key, null).setAutoPadding(false).update(block).toString("hex");
    },
    show(id) {
      const digits = id.replaceAll("-", "");
      if (!/^[0-9a-f]{32}$/.test(digits)) return undefined;
      const block = createDecipheriv("aes-128-ecb", key, null).setAutoPadding(false).update(Buffer.from(digits, "hex"));
      const kind = kinds[block[0]! - 1];
      const number = block.readBigUInt64BE(1);
      if (kind === undefined || number > 0x7fffffffffffffffn || block.readUIntBE(13, 3) !== 0) return undefined;
      const version = block.readUInt32BE(9);
      return kind === "event"
        ? { kind, subjectId: number.toString(), version }
        : version === 0
          ? { kind, noticeId: number.toString() }
          : undefined;
    },
  };
}
