import { timingSafeEqual } from "node:crypto";
import { hashKey } from "../../vault/api-key.ts";
import type { Caller } from "../dialect.ts";
import type { Asked, Told } from "../services.ts";
import { AdminError, tellError } from "./errors.ts";

/** The operator, by the admin token as a bearer. Hashes are compared, so the time it takes tells nothing of the token. */
export function authenticate(asked: Asked, adminTokenHash: Buffer): Caller | Told {
  const [, token] = /^bearer +([\x21-\x7e]{1,1000})$/i.exec(asked.headers["authorization"] ?? "") ?? [];
  const known = token !== undefined && timingSafeEqual(hashKey(token), adminTokenHash);
  if (known) return { merchantId: null, keyId: "admin" };
  const error = new AdminError(401, "not_authenticated", "the admin token is missing or wrong");
  return tellError(error, asked, { "www-authenticate": 'Bearer realm="disburse"' });
}
