import type { KeyObject } from "node:crypto";
import type { Merchant } from "../../core/parties.ts";
import type { Asked, Services, Told } from "../services.ts";
import type { Answering } from "./errors.ts";
import type { Running } from "./running.ts";
import type { Turns } from "./turns.ts";
import { uuid } from "./uuid.ts";

export interface Tools {
  readonly services: Services;
  /** The key that scatters a merchant's order numbers. */
  orderKey(merchantId: string): KeyObject;
  /** The clock that instants are told by. */
  readonly timezone: string;
  /** Requests with an idempotence key that are under way. */
  readonly running: Running;
  /** Requests about the same card take turns. */
  readonly turns: Turns;
  /** Where clients reach this server, for the addresses of what was created. */
  url(): string;
}

/** One call, as a merchant makes it: what it asks, who asks, and what names the answer. */
export interface Given {
  readonly asked: Asked;
  readonly merchant: Merchant;
  readonly answering: Answering;
}

export type Operation = (tools: Tools, given: Given) => Promise<Told>;

/** What names an answer: the request's own id, written as a UUID. */
export const answeringOf = ({ requestId }: Pick<Asked, "requestId">): Answering => ({
  errorId: uuid(requestId),
  requestId: String(Number.parseInt(requestId.slice(0, 8), 16)),
});
