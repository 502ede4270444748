import { STATUS_CODES } from "node:http";
import { refusals, type Refusal } from "../../core/refusal.ts";
import type { EdgeFault } from "../dialect.ts";
import type { Asked, Told } from "../services.ts";
import { codes, type ErrorCode } from "./codes.ts";
import { wordsOf } from "./refusals.ts";
import { timestamp } from "./timestamp.ts";

/** A no in the words of this API. The status is the code's own unless it says otherwise. */
export class ApiError {
  readonly code: ErrorCode;
  readonly message: string | undefined;
  readonly status: number;
  /** What became of the transaction that the request made, where it made one. */
  readonly transactionError: string | undefined;
  constructor(code: ErrorCode, message?: string, status: number = codes[code].http, transactionError?: string) {
    this.code = code;
    this.message = message;
    this.status = status;
    this.transactionError = transactionError;
  }
}

export const isApiError = (value: unknown): value is ApiError => value instanceof ApiError;

/** A request that cannot be understood as it stands. `message` names the field. */
export const invalid = (message: string): ApiError => new ApiError(1, message, 422);

/** The error object: the same members for every error, and `message` where there is more to say. */
export function tellError(
  error: ApiError,
  asked: Pick<Asked, "path" | "requestId" | "now">,
  headers?: Told["headers"],
): Told {
  const body = {
    code: error.code,
    error: codes[error.code].error,
    message: error.message,
    path: asked.path,
    timestamp: timestamp(asked.now),
    http_status: error.status,
    http_reason: STATUS_CODES[error.status] ?? "Unknown",
    request_id: asked.requestId,
    transaction_error: error.transactionError,
  };
  return { status: error.status, body, headers: headers ?? {} };
}

/** Codes whose text says too little by itself: the core's own words go with them. */
const ownWords: ReadonlySet<ErrorCode> = new Set<ErrorCode>([1, 74]);

/** A refusal of the core. */
export function tellRefusal({ refused, facts }: Refusal, asked: Asked): Told {
  const code = wordsOf[refused];
  const error = refused === "adding_declined" || refused === "adding_failed" ? facts["error"] : undefined;
  const words = ownWords.has(code) ? refusals[refused] : undefined;
  return tellError(new ApiError(code, words, codes[code].http, error), asked);
}

const soon = { "retry-after": "1" };

/** What goes wrong before or around an operation. */
export function tellFault(fault: EdgeFault, asked: Asked): Told {
  switch (fault.kind) {
    case "unreadable":
      return tellError(invalid(fault.message), asked);
    case "too_large":
      return tellError(new ApiError(1, "the body is too large", 413), asked);
    case "unknown_route":
      return tellError(new ApiError(8), asked);
    case "wrong_method":
      return tellError(new ApiError(1, `${asked.method} is not allowed here`, 405), asked);
    case "rate":
      return tellError(new ApiError(122), asked, soon);
    case "concurrency":
      return tellError(new ApiError(123), asked, soon);
    case "overloaded":
    case "unavailable":
      return tellError(new ApiError(2, "the request was not carried out: try again later", 503), asked, soon);
    case "too_slow":
      return tellError(new ApiError(144), asked);
    case "unknown_outcome":
      return tellError(new ApiError(2, "the request may have been carried out: send it again"), asked);
    case "broken":
      return tellError(new ApiError(2), asked);
  }
}
