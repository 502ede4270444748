import type { Asked } from "./asked.ts";
import { DisburseRefusal, DisburseSilence } from "./errors.ts";
import type { Settings } from "./options.ts";
import { OutOfPatience, type Patience } from "./patience.ts";
import { latest, type Payout } from "./payout.ts";
import type { Answer, Wire } from "./wire.ts";

/** What became of a payout. */
export type PayResult =
  /** The money was paid out. */
  | { readonly outcome: "paid"; readonly payout: Payout }
  /** No money moved. */
  | { readonly outcome: "failed"; readonly payout: Payout }
  /**
   * Nobody knows yet: the money may have moved, or may still. Ask again later with the same handle; until then pay by no
   * other way. `payout` is what was read last, null if nothing was; `because` what was in the way, null if it only takes time.
   */
  | { readonly outcome: "open"; readonly payout: Payout | null; readonly because: Error | null };

/** One call of `pay`: asks, repeats, waits, and tries again, until the payout is paid, has failed, or patience has run out. */
export class Payment {
  readonly #asked: Asked;
  readonly #wire: Wire;
  readonly #settings: Settings;
  readonly #patience: Patience;

  /** What was read last, and when that was asked. */
  #payout: Payout | null = null;
  #readAt = 0;
  #because: Error | null = null;
  /** Whether a create of this call was carried out, or may have been. */
  #taken = false;
  /** Until then a create that went unanswered may reach the server, and begin another attempt. */
  #lateUntil = -Infinity;
  /** The server has said 134. It does not take that back. */
  #saidPaid = false;
  /** The server has refused to try again. */
  #refused = false;
  /** How often it was tried again, by the error state that led to it. */
  readonly #retries = new Map<string, number>();

  constructor(asked: Asked, wire: Wire, settings: Settings, patience: Patience) {
    this.#asked = asked;
    this.#wire = wire;
    this.#settings = settings;
    this.#patience = patience;
  }

  /** Throws DisburseRefusal and DisburseMismatch. */
  async run(): Promise<PayResult> {
    try {
      return await this.#settle(await this.#create());
    } catch (error) {
      if (!(error instanceof OutOfPatience)) throw error;
      return { outcome: "open", payout: this.#payout, because: this.#because };
    }
  }

  async #settle(first: Payout): Promise<PayResult> {
    for (let payout = first; ;) {
      payout = await this.#final(payout);
      if (payout.state === "paid") return { outcome: "paid", payout };
      if (await this.#mayTryAgain(payout)) {
        payout = await this.#create();
      } else if (this.#readAt >= this.#lateUntil) {
        return { outcome: "failed", payout };
      } else {
        await this.#patience.wholePause(this.#lateUntil - this.#settings.now());
        payout = await this.#read();
      }
    }
  }

  /** The payout as a create left it. The same bytes go again until there is an answer that says something. */
  async #create(): Promise<Payout> {
    for (let repeats = 0; ; repeats += 1) {
      const sentAt = this.#settings.now();
      const answer = await this.#wire.create(this.#asked.handle, this.#asked.body, this.#patience.signal);
      if (answer.kind === "payout") {
        this.#taken = true;
        return this.#note(answer.payout, sentAt);
      }
      if (answer.kind === "refused") return this.#standing(answer.refusal);
      if (answer.kind === "silent") {
        this.#taken = true;
        this.#lateUntil = this.#settings.now() + this.#settings.lateMs;
      }
      await this.#backOff(answer, repeats);
    }
  }

  /** What the handle stands for after a refused create: an earlier request, perhaps of this call, may have been carried out. */
  async #standing(refusal: DisburseRefusal): Promise<Payout> {
    const exists = refusal.code === 133 || refusal.code === 134;
    if (refusal.code === 134) this.#saidPaid = true;
    if (!exists) this.#refused = true;
    this.#because = exists ? null : refusal;
    for (let looks = 0; ; looks += 1) {
      const payout = await this.#readOrNone(this.#taken || exists ? undefined : refusal);
      if (payout !== null) {
        if (payout.state === "failed" && !this.#taken && !exists) throw refusal.with(payout);
        return payout;
      }
      if (exists) await this.#patience.pause(this.#patience.growing(this.#settings.polls, looks));
      else if (this.#readAt >= this.#lateUntil) throw refusal.with(null);
      else await this.#patience.wholePause(this.#lateUntil - this.#settings.now());
    }
  }

  /** Waits until the payout is paid or has failed. */
  async #final(first: Payout): Promise<Payout> {
    let payout = first;
    for (let polls = 0; !this.#isFinal(payout); polls += 1) {
      await this.#patience.pauseUntilHeard(this.#patience.growing(this.#settings.polls, polls));
      payout = await this.#read();
    }
    return payout;
  }

  #isFinal({ state }: Payout): boolean {
    return state === "paid" || (state === "failed" && !this.#saidPaid);
  }

  /** Whether a payout that has failed gets one more try; if so, the pause before it is over. */
  async #mayTryAgain(payout: Payout): Promise<boolean> {
    const { errorRetries, softRetries, retries } = this.#settings;
    const most: Record<string, number> = { processing_error: errorRetries, soft_declined: softRetries };
    const kind = latest(payout)?.error_state ?? "hard_declined";
    const done = this.#retries.get(kind) ?? 0;
    if (this.#refused || done >= (most[kind] ?? 0)) return false;
    try {
      await this.#patience.wholePause(this.#patience.growing(retries, done));
    } catch (error) {
      if (error instanceof OutOfPatience) return false; // what is known of it stays true
      throw error;
    }
    this.#retries.set(kind, done + 1);
    return true;
  }

  /** The payout, once it can be read. */
  async #read(): Promise<Payout> {
    for (let looks = 0; ; looks += 1) {
      const payout = await this.#readOrNone(undefined);
      if (payout !== null) return payout;
      this.#because = new DisburseSilence("the payout was taken on, but is not found");
      await this.#patience.pause(this.#patience.growing(this.#settings.polls, looks));
    }
  }

  /** The payout, or null where there is none. If reading is refused: throws `otherwise`, if that is given, else gives up. */
  async #readOrNone(otherwise: DisburseRefusal | undefined): Promise<Payout | null> {
    for (let repeats = 0; ; repeats += 1) {
      this.#patience.attend();
      const askedAt = this.#settings.now();
      const answer = await this.#wire.read(this.#asked.handle, this.#patience.signal);
      if (answer.kind === "payout") return this.#note(answer.payout, askedAt);
      if (answer.kind === "refused") {
        this.#readAt = askedAt;
        if (answer.refusal.code === 137) return null;
        this.#because = answer.refusal;
        throw otherwise ?? new OutOfPatience();
      }
      await this.#backOff(answer, repeats);
    }
  }

  async #backOff(answer: Extract<Answer, { why: Error }>, repeats: number): Promise<void> {
    this.#because = answer.why;
    if (answer.afterMs > 0) await this.#patience.wholePause(answer.afterMs);
    else await this.#patience.pause(this.#patience.growing(this.#settings.repeats, repeats));
  }

  #note(payout: Payout, askedAt: number): Payout {
    this.#payout = payout;
    this.#readAt = askedAt;
    if (!this.#refused) this.#because = null;
    this.#asked.compare(payout);
    return payout;
  }
}
