import type { Instruction, Listed, Rail, RailAnswer, RailRules } from "../rails/rail.ts";

const nothing = { fault: null, code: null, message: null, bankId: null, raw: "{}" } as const;
const error = { error: "acquirer_communication_error", errorState: "processing_error" } as const;

/** A bank without memory: it pays whatever it is sent, as often as it is sent, and tells what it has done when it is asked. */
export class FakeRail implements Rail {
  readonly rules: RailRules;
  /** What was sent, in order. */
  readonly sent: Pick<Instruction, "reference" | "send" | "amountMinor">[] = [];
  readonly books = new Map<string, Listed>();
  /** How often it was asked about a reference before anything was sent. */
  asked = 0;
  silent = false;
  /** It still tells what it has done, but answers no question. */
  mute = false;

  constructor(over: Partial<RailRules> = {}) {
    this.rules = {
      name: "sandbox",
      class: "asks",
      fences: false,
      horizonMs: 0,
      timeoutMs: 0,
      concurrency: 8,
      statementTextLength: 22,
      merchantReferenceLength: 22,
      ...over,
    };
  }

  /** Something that it has done. */
  book(reference: string, over: Partial<Listed> = {}): Listed {
    const listed = {
      reference,
      status: "paid",
      amountMinor: 10_000n,
      currency: "EUR",
      bankId: null,
      at: Date.now(),
    } as const;
    this.books.set(reference, { ...listed, ...over });
    return { ...listed, ...over };
  }

  async send({ reference, send, amountMinor, currency }: Instruction, left: () => void): Promise<RailAnswer> {
    left();
    this.sent.push({ reference, send, amountMinor });
    if (this.silent) return { ...nothing, verdict: "unanswered", fault: error };
    this.book(reference, { amountMinor, currency });
    return { ...nothing, verdict: "paid" };
  }

  async find(reference: string): Promise<RailAnswer> {
    this.asked += 1;
    const known = this.books.get(reference);
    if (this.silent || this.mute) return { ...nothing, verdict: "unanswered", fault: error };
    if (known === undefined) return { ...nothing, verdict: "never_received", fault: error };
    const declined = { error: "declined_by_acquirer", errorState: "hard_declined" } as const;
    return { ...nothing, verdict: known.status, fault: known.status === "declined" ? declined : null };
  }

  async *listSince(since: number): AsyncIterable<readonly Listed[]> {
    if (this.silent) throw new Error("the bank does not answer");
    yield [...this.books.values()].filter(({ at }) => at >= since);
  }

  async close(): Promise<void> {}
}
