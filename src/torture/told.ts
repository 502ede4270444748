import { createWriteStream, type WriteStream } from "node:fs";

/** What a payout is, in words that both APIs and the bank's books can be held against. */
export type ToldState = "waiting" | "open" | "paid" | "returned" | "failed" | "cancelled";

/** One payout as its client knows it: what was asked for, and what it was told. */
export interface ToldPayout {
  readonly dialect: "frisbii" | "worldline";
  readonly merchantId: string;
  /** What makes it one payout: its handle (Frisbii), the idempotence key of its create (Worldline). */
  readonly name: string;
  readonly amountMinor: number;
  readonly currency: string;
  /** By the key of the bank's books. */
  readonly destination: string;
  /** Answers that said "taken on"; from the first one on it must not be lost. */
  acknowledged: number;
  /** What was told last; null: nothing. */
  state: ToldState | null;
  everPaid: boolean;
  /** A step was asked for, and its client gave up before it heard an answer: it was done or not. */
  gaveUp: boolean;
  /** An outcome that will not change any more (but for money that comes back), and when it was told, in monotonic milliseconds. */
  outcome: { readonly state: ToldState; readonly at: number } | null;
  /** What was told that cannot both be true. */
  readonly contradictions: string[];
}

type Asked = Pick<ToldPayout, "dialect" | "merchantId" | "name" | "amountMinor" | "currency" | "destination">;

/** What clients were told, kept in a process that is never killed; every acknowledged answer is also a line in a file. */
export class ToldList {
  readonly payouts: ToldPayout[] = [];
  /** Acknowledged answers, by the server that gave them. */
  readonly answers: number[] = [];
  readonly #file: WriteStream;

  constructor(path: string) {
    this.#file = createWriteStream(path);
  }

  ask(asked: Asked): ToldPayout {
    const nothing = { acknowledged: 0, state: null, everPaid: false, gaveUp: false, outcome: null };
    const payout: ToldPayout = { ...asked, ...nothing, contradictions: [] };
    this.payouts.push(payout);
    return payout;
  }

  /** An answer acknowledged the payout, or a step of it. */
  acknowledge(payout: ToldPayout, { by, call, begunAt }: Answered, state: ToldState): void {
    const { outcome, dialect } = payout;
    if (outcome !== null && begunAt > outcome.at && !mayFollow(outcome.state, state))
      payout.contradictions.push(`was told ${outcome.state}, then ${state}`);
    if (isOutcome(state, dialect)) payout.outcome = { state, at: performance.now() };
    payout.acknowledged += 1;
    this.answers[by] = (this.answers[by] ?? 0) + 1;
    payout.everPaid ||= state === "paid" || state === "returned";
    payout.state = state;
    this.#file.write(`${JSON.stringify([Date.now(), by, payout.merchantId, payout.name, call, state])}\n`);
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.#file.end(() => resolve()));
  }
}

/** `by`: the number of the server. `begunAt`: when the request began, in monotonic milliseconds. */
export interface Answered {
  readonly by: number;
  readonly call: string;
  readonly begunAt: number;
}

/** What Frisbii tells as failed may be tried again. */
const isOutcome = (state: ToldState, dialect: ToldPayout["dialect"]): boolean =>
  state === "paid" || (dialect === "worldline" && state !== "open" && state !== "waiting");

const mayFollow = (before: ToldState, after: ToldState): boolean =>
  before === after || (before === "paid" && after === "returned");
