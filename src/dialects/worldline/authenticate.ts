import type { Caller } from "../dialect.ts";
import type { Asked, Told } from "../services.ts";
import { apiError, tellErrors } from "./errors.ts";
import { isTimely, readHttpDate } from "./http-date.ts";
import { answeringOf } from "./operation.ts";
import { isSignedWith, readAuthorization } from "./signature.ts";

/** Finds a signing key by its id, with the merchant that it is linked to. */
export type FindKey = (
  keyId: string,
) => Promise<{ keyId: string; merchantId: string; worldlineMerchantId: string; secret: string } | undefined>;

/** What an unknown key is checked against, so that it takes as long as a known one. */
const nobodysSecret = "there is no such key";

/**
 * The signature, then the time, then whether the key is linked to the merchant in the path: whoever has no key learns nothing of
 * merchants or payouts.
 */
export async function authenticate(asked: Asked, findKey: FindKey, windowMs?: number): Promise<Caller | Told> {
  const given = readAuthorization(asked.headers["authorization"]);
  const key = given === undefined ? undefined : await findKey(given.keyId);
  const signed = given !== undefined && isSignedWith(key?.secret ?? nobodysSecret, given.signature, asked);
  const at = readHttpDate(asked.headers["date"]);
  if (key === undefined || !signed || at === undefined || !isTimely(at, asked.now, windowMs))
    return refuse(asked, "unauthorised");
  const [, merchant] = /^\/v1\/([^/]*)/.exec(asked.path) ?? [];
  if (merchant !== key.worldlineMerchantId) return refuse(asked, "merchantNotAllowed");
  return { merchantId: key.merchantId, keyId: key.keyId };
}

const refuse = (asked: Asked, name: "unauthorised" | "merchantNotAllowed"): Told =>
  tellErrors([apiError(name)], answeringOf(asked));
