import type { Payout } from "./payout.ts";

/** The error object of the API. */
export interface ErrorBody {
  readonly code: number;
  readonly error: string;
  readonly message?: string;
  readonly request_id?: string;
}

/**
 * The server understood the request and said no (a 4xx): asking again unchanged would be refused again, so it is not repeated.
 * By itself a refused request does nothing. `payout` says what the handle stands for all the same.
 */
export class DisburseRefusal extends Error {
  override readonly name = "DisburseRefusal";
  /** The API's number, such as 40 or 136. */
  readonly code: number;
  /** The short fixed text of the code. */
  readonly error: string;
  /** What the server had to say beyond that. */
  readonly detail: string | undefined;
  readonly httpStatus: number;
  readonly requestId: string | undefined;
  /**
   * Null: there is no payout of this handle. A payout: one that has failed before, so no money moved.
   * Undefined: it could not be read (no valid key, for example), so this says nothing about earlier requests.
   */
  readonly payout: Payout | null | undefined;

  constructor(httpStatus: number, body: ErrorBody, payout?: Payout | null) {
    const more = body.message === undefined ? "" : `: ${body.message}`;
    const request = body.request_id === undefined ? "" : ` (request ${body.request_id})`;
    super(`${httpStatus}/${body.code} ${body.error}${more}${request}`);
    this.code = body.code;
    this.error = body.error;
    this.detail = body.message;
    this.httpStatus = httpStatus;
    this.requestId = body.request_id;
    this.payout = payout;
  }

  /** The same refusal, with what was read about the handle. */
  with(payout: Payout | null): DisburseRefusal {
    const { code, error, detail, requestId } = this;
    const message = { ...(detail !== undefined && { message: detail }) };
    const request = { ...(requestId !== undefined && { request_id: requestId }) };
    return new DisburseRefusal(this.httpStatus, { code, error, ...message, ...request }, payout);
  }
}

/** The handle stands for another payout than the one asked for: somebody has used it before. Nothing was done for this one. */
export class DisburseMismatch extends Error {
  override readonly name = "DisburseMismatch";
  readonly field: "amount" | "currency" | "customer" | "destination";
  /** The payout that has the handle. */
  readonly payout: Payout;

  constructor(field: DisburseMismatch["field"], asked: unknown, found: unknown, payout: Payout) {
    super(`${payout.handle} is another payout: its ${field} is ${String(found)}, not ${String(asked)}`);
    this.field = field;
    this.payout = payout;
  }
}

/** No answer that says anything: no connection, a reset, a timeout, a 5xx, too many requests, or something that is not of this API. */
export class DisburseSilence extends Error {
  override readonly name = "DisburseSilence";
  /** The status, where there was one. */
  readonly httpStatus: number | undefined;

  constructor(message: string, httpStatus?: number) {
    super(message);
    this.httpStatus = httpStatus;
  }
}
