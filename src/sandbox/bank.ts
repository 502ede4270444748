import { answer, answers, failure, silence, toWire, type Reaction } from "./answers.ts";
import type { Arrival, Books, Late, Step, Transfer } from "./books.ts";
import type { CallbackManner, Tidings } from "./callbacks.ts";
import type { Clock } from "./clock.ts";
import type { Destination } from "./destination.ts";
import { calm, Whims } from "./mood.ts";
import { stepsOf, type Plan } from "./orders.ts";

/** A transfer as it was asked for. `send` counts how often the sender has sent this reference. */
export type Order = {
  readonly reference: string;
  readonly send: number;
  readonly amountMinor: number;
  readonly currency: string;
  readonly destination: Destination;
};

/** How long after a wrong answer the callback comes that says otherwise. */
const contradictionMs = 1000;

/**
 * What the bank does with transfers. It looks and books without a pause in between, so of two sends of one reference
 * the second always meets what the first has left; it answers only once that is on disk.
 */
export class Bank {
  readonly #books: Books;
  readonly #clock: Clock;
  readonly #tell: (tidings: Tidings, manner: CallbackManner) => void;
  readonly #whims: Whims;

  constructor(
    books: Books,
    clock: Clock,
    tell: (tidings: Tidings, manner: CallbackManner) => void,
    whims = new Whims(calm),
  ) {
    this.#books = books;
    this.#clock = clock;
    this.#tell = tell;
    this.#whims = whims;
    for (const [reference, { dueAt }] of books.allPending()) this.#awaken(reference, dueAt);
    for (const late of books.lateAtStart) this.#bookWhenDue(late);
  }

  async receive(order: Order, plan: Plan): Promise<Reaction> {
    if (plan.waitMs > 0) await new Promise<void>((resolve) => this.#clock.after(plan.waitMs, resolve));
    const reaction = this.#decide(order, plan);
    await this.#books.durable();
    return this.#heard(reaction);
  }

  /** What the books say of a reference. If nothing, sends up to number `fence` will be refused from now on. */
  async find(reference: string, fence: number): Promise<Reaction> {
    const known = this.#books.find(reference);
    if (known === undefined && fence > this.#books.fenceOf(reference)) {
      this.#books.write({ kind: "fence", at: this.#clock.now(), reference, send: fence });
    }
    const reaction =
      known === undefined
        ? answer(404, { reference, status: "never_received", fenced: this.#books.fenceOf(reference) })
        : answer(200, toWire(known));
    await this.#books.durable();
    return this.#heard(reaction);
  }

  #heard = (reaction: Reaction): Reaction => (this.#whims.losesAnswer() ? silence : reaction);

  #decide(order: Order, plan: Plan): Reaction {
    const { reference, send, amountMinor, currency, destination } = order;
    const fenced = this.#books.fenceOf(reference);
    if (send <= fenced) return answer(410, { error: "fenced", reference, fenced });
    const known = this.#books.find(reference);
    if (known !== undefined && !this.#whims.paysAgain()) {
      const isSame =
        known.amountMinor === amountMinor &&
        known.currency === currency &&
        known.destination === destination.fingerprint;
      return isSame ? answer(200, toWire(known)) : answer(409, { error: "reference_reused", reference });
    }
    if (plan.callbackForged) this.#forge(reference, plan);
    if (plan.arrival === "lost") return plan.answer === "error" ? failure : silence;

    const at = this.#clock.now();
    const { shown, fingerprint } = destination;
    const { status, decline } = plan;
    const transfer = { reference, status, amountMinor, currency, destination: fingerprint, decline };
    const arrival = { send, shown, transfer };
    if (plan.arrival === "late") {
      const late: Late = { kind: "late", at, ...arrival, dueAt: at + plan.lateMs, toCome: stepsOf(plan) };
      this.#books.write(late);
      this.#bookWhenDue(late);
      return silence;
    }
    if (plan.status === "paid" && this.#whims.paysTwice()) this.#book(arrival, []);
    const { booked, sequence } = this.#book(arrival, stepsOf(plan));
    if (plan.answer === "no") {
      const manner = { twice: plan.callbackTwice, lateMs: contradictionMs + plan.callbackLateMs };
      this.#tellWhenDurable({ reference, status, sequence, at }, manner);
    }
    return answers[plan.answer](booked);
  }

  #book({ transfer, send, shown }: Arrival, toCome: readonly Step[]): { booked: Transfer; sequence: number } {
    const at = this.#clock.now();
    const bookedAt = transfer.status === "paid" ? at : undefined;
    const booked = { ...transfer, bankId: this.#books.nextBankId(), bookedAt };
    return { booked, sequence: this.#write(at, booked, toCome, { send, shown }) };
  }

  #write(at: number, transfer: Transfer, toCome: readonly Step[], origin?: { send: number; shown: string }): number {
    const [next] = toCome;
    if (next === undefined) return this.#books.write({ kind: "change", at, transfer, ...origin });
    const dueAt = at + next.afterMs;
    const cursor = this.#books.write({ kind: "change", at, transfer, ...origin, dueAt, toCome });
    this.#awaken(transfer.reference, dueAt);
    return cursor;
  }

  #awaken(reference: string, dueAt: number): void {
    this.#clock.after(Math.max(0, dueAt - this.#clock.now()), () => this.#carryOut(reference));
  }

  #carryOut(reference: string): void {
    const before = this.#books.find(reference);
    const [outcome, ...rest] = this.#books.pendingOf(reference)?.toCome ?? [];
    if (before === undefined || outcome === undefined) return;
    const at = this.#clock.now();
    const { status, decline, callback } = outcome;
    const transfer: Transfer = {
      ...before,
      status,
      decline,
      bookedAt: status === "paid" ? at : before.bookedAt,
      returnedAt: status === "returned" ? at : undefined,
    };
    const sequence = this.#write(at, transfer, rest);
    if (callback !== null) this.#tellWhenDurable({ reference, status, sequence, at }, callback);
  }

  #bookWhenDue({ dueAt, toCome, ...arrival }: Late): void {
    this.#clock.after(Math.max(0, dueAt - this.#clock.now()), () => {
      const { reference } = arrival.transfer;
      if (this.#books.find(reference) !== undefined || arrival.send <= this.#books.fenceOf(reference)) return;
      this.#book(arrival, toCome);
    });
  }

  /** Tells of something that did not happen, under a signature that does not fit. */
  #forge(reference: string, plan: Plan): void {
    const isPaid = plan.arrival !== "lost" && (plan.outcome?.status ?? plan.status) === "paid";
    const tidings = { reference, status: isPaid ? "declined" : "paid", sequence: 0, at: this.#clock.now() } as const;
    this.#tell(tidings, { twice: false, lateMs: 0, forged: true });
  }

  #tellWhenDurable(tidings: Tidings, ordered: CallbackManner): void {
    const manner = this.#whims.manner(ordered);
    this.#books.durable().then(
      () => this.#clock.after(manner.lateMs, () => this.#tell(tidings, manner)),
      () => undefined, // not written: there is nothing to tell
    );
  }
}
