import type { Refusal } from "../../core/refusal.ts";
import type { ApiKeys } from "../../store/keys.ts";
import type { Asked, Services } from "../services.ts";
import type { FindKey } from "./authenticate.ts";
import type { ApiError } from "./errors.ts";
import type { Webhooks } from "../webhooks.ts";
import type { Merchants } from "../merchants.ts";

export interface Tools extends Pick<FrisbiiPorts, "keys" | "url"> {
  readonly services: Services;
  readonly merchants: Merchants;
}

/** What the server lends to this API. */
export interface FrisbiiPorts {
  readonly findKey: FindKey;
  /** The keys of a merchant, private and public. */
  readonly keys: Pick<ApiKeys, "create" | "list" | "revoke" | "ofHash" | "findPublic">;
  /** Signs what browsers are handed in return for a public key. */
  readonly browserSecret: Buffer;
  /** Where people reach this server. */
  url(): string;
  /** Absent where nobody is told anything. */
  readonly webhooks?: Webhooks;
}

/** What a merchant asks for, and what it is told: a body with 200, or why not. */
export type Operation = (
  tools: Tools,
  asked: Asked,
  merchantId: string,
  /** The key that asks. */
  keyId: string,
) => Promise<{ readonly body?: object } | Refusal | ApiError>;
