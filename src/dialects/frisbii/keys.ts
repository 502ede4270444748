import { hashKey } from "../../vault/api-key.ts";
import type { KeyInfo } from "../../store/new-key.ts";
import { ApiError, isApiError } from "./errors.ts";
import { object, optional, wrong, type Reader } from "./fields.ts";
import type { Operation } from "./operation.ts";
import { words } from "./texts.ts";
import { timestamp } from "./timestamp.ts";

/** Keys could be kept to some operations, by groups. They are not here, and nobody shall believe that they were. */
const noGroups: Reader<null> = (value, field) =>
  Array.isArray(value) && value.length === 0 ? null : wrong(value, field, "empty: every key may do everything here");

const fields = object({ label: optional(words(100)), groups: optional(noGroups) });

/** `Key`. A private key is kept as a hash: it is told whole once, when it is made, and masked from then on. */
const tellKey = ({ id, label, masked, createdAt }: KeyInfo, key = masked) => ({
  key,
  id,
  label: label ?? undefined,
  created: timestamp(createdAt),
});

type Kind = "frisbii" | "frisbii_public";

export const createKey =
  (kind: Kind): Operation =>
  async ({ keys }, asked, merchantId) => {
    const read = fields(asked.body ?? {}, "");
    if (isApiError(read)) return read;
    if (kind === "frisbii_public") return { body: tellKey(await keys.create(merchantId, kind, read.label)) };
    const made = await keys.create(merchantId, kind, read.label);
    return { body: tellKey(made, made.privateKey) };
  };

/** The keys that are good for something, oldest first. */
export const listKeys =
  (kind: Kind): Operation =>
  async ({ keys }, _, merchantId) => {
    const all = await keys.list(merchantId);
    return { body: all.filter((key) => key.kind === kind && key.revokedAt === null).map((key) => tellKey(key)) };
  };

/** `…/{key}/expire`: by the key itself, or by its id. Not the one that asks: whoever does that locks himself out. */
export const expireKey =
  (kind: Kind): Operation =>
  async ({ keys }, asked, merchantId, keyId) => {
    const given = asked.params["key"]!;
    const named =
      kind === "frisbii" && given.startsWith("priv_")
        ? await keys.ofHash(merchantId, hashKey(given))
        : (await keys.list(merchantId)).find((key) => key.id === given || key.masked === given);
    if (named?.kind !== kind || named.revokedAt !== null || (kind === "frisbii" && named.masked === given))
      return new ApiError(kind === "frisbii" ? 51 : 52);
    if (named.id === keyId) return new ApiError(1, "a key cannot expire itself: ask with another one");
    const revoked = await keys.revoke(merchantId, named.id);
    return revoked === undefined ? new ApiError(51) : { body: tellKey(revoked) };
  };
