import { hashKey } from "../../vault/api-key.ts";
import type { Caller } from "../dialect.ts";
import type { Asked, Told } from "../services.ts";
import { ApiError, tellError } from "./errors.ts";

/** Finds the merchant of a private key by the key's hash. */
export type FindKey = (hash: Buffer) => Promise<{ readonly merchantId: string; readonly keyId: string } | undefined>;

/**
 * HTTP Basic: the user is the private key. Some clients insist on a password, so any is taken. A public key, which stands
 * in every browser, opens nothing here.
 */
export async function authenticate(asked: Asked, findKey: FindKey): Promise<Caller | Told> {
  const user = userOf(asked.headers["authorization"]);
  const found = user !== undefined && /^priv_[0-9a-f]{32,64}$/.test(user) ? await findKey(hashKey(user)) : undefined;
  return found ?? tellError(new ApiError(6), asked, { "www-authenticate": 'Basic realm="disburse"' });
}

function userOf(authorization: string | undefined): string | undefined {
  const [, credentials] = /^basic +([A-Za-z0-9+/_=-]{1,1000})$/i.exec(authorization ?? "") ?? [];
  if (credentials === undefined) return undefined;
  const text = Buffer.from(credentials, "base64").toString("latin1");
  const colon = text.indexOf(":");
  return colon < 0 ? undefined : text.slice(0, colon);
}
