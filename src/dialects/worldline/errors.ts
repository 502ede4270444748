import type { Told } from "../services.ts";
import { codes, type Category, type Code, type CodeName } from "./codes.ts";

/** `APIError`. Only `code` is required of one, and we send all that we know. */
export interface ApiError {
  readonly category: Category;
  readonly code: string;
  readonly httpStatusCode: number;
  readonly id: string;
  readonly message: string;
  /** A JSONata path from the root of the request. */
  readonly propertyName?: string;
  readonly requestId?: string;
}

/** What one answer carries that the error itself does not know. */
export interface Answering {
  /** A UUID. */
  readonly errorId: string;
  readonly requestId?: string;
}

export function apiError(name: CodeName, about: { propertyName?: string | null; message?: string } = {}): ApiError {
  const { code, http, id, category, message, property }: Code = codes[name];
  const propertyName = about.propertyName ?? property;
  return {
    category,
    code,
    httpStatusCode: http,
    id,
    message: about.message ?? message ?? id,
    ...(propertyName === undefined ? {} : { propertyName }),
  };
}

/** `ErrorResponse`: several errors may be told at once, and the first one gives the status. */
export function tellErrors(errors: readonly ApiError[], answering: Answering, headers?: Told["headers"]): Told {
  const status = errors[0]?.httpStatusCode ?? codes.unknownServerError.http;
  const told = { status, body: { errorId: answering.errorId, errors: errors.map((each) => within(each, answering)) } };
  return headers === undefined ? told : { ...told, headers };
}

/** `PayoutErrorResponse` of a payout that was recorded and refused: clients know it by its `payoutResult`. */
export function tellRejected(errors: readonly ApiError[], payoutResult: object, answering: Answering): Told {
  const { errorId } = answering;
  return { status: 402, body: { errorId, errors: errors.map((each) => within(each, answering)), payoutResult } };
}

const within = (error: ApiError, { requestId }: Answering): ApiError =>
  requestId === undefined ? error : { ...error, requestId };
