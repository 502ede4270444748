import type { Answer, AnswerSource } from "../core/attempt.ts";
import type { Fault, Payout } from "../core/payout.ts";
import type { RailPolicy } from "../core/rail.ts";
import type { SendOrder } from "./intent.ts";

/** What a rail answered, or that it did not, about one attempt. */
export interface Heard {
  readonly merchantId: string;
  readonly payoutId: string;
  readonly attempt: number;
  /** The latest send that it can speak of: the one that it answers, or the latest one when the bank was asked. */
  readonly send: number;
  /** When the bank was asked, by the database's clock; for other answers, when they were sent for. */
  readonly askedAt: number;
  readonly source: AnswerSource;
  /** The bank was asked when the attempt was over: then "accepted" is no old news. */
  readonly afterEnd?: boolean;
  readonly answer: Pick<Answer, "verdict" | "fault" | "code" | "message" | "bankId" | "raw">;
  /** It is about our reference, but about another amount or currency than we sent: no evidence, and a matter for a person. */
  readonly differs?: boolean;
  /** It did not leave through a fault of our own that will be there next time too, so the try stays counted. */
  readonly ourFault?: boolean;
  /** The promises of the rail, by which it is decided what may be believed and whether it may be sent again. */
  readonly rules: RailPolicy;
  /** Whether the rail has room for one more send, should that be what follows. */
  readonly permit: boolean;
}

export interface Resolved {
  readonly payout: Payout;
  /** The answer, if it was news and so was recorded. */
  readonly heard: Answer | null;
  /** Committed to be sent again, now, under the same reference. */
  readonly order: SendOrder | null;
}

/** What an answer that never came is told as. */
export const communicationError: Fault = { error: "acquirer_communication_error", errorState: "processing_error" };
