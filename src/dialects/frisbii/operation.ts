import type { Refusal } from "../../core/refusal.ts";
import type { Asked, Services } from "../services.ts";
import type { ApiError } from "./errors.ts";
import type { Merchants } from "../merchants.ts";

export interface Tools {
  readonly services: Services;
  readonly merchants: Merchants;
}

/** What a merchant asks for, and what it is told: a body with 200, or why not. */
export type Operation = (
  tools: Tools,
  asked: Asked,
  merchantId: string,
) => Promise<{ readonly body: object } | Refusal | ApiError>;
