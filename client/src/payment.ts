import type { Conversation } from "./conversation.ts";
import { DisburseRefusal, DisburseSilence } from "./errors.ts";
import type { Settings } from "./options.ts";
import { OutOfPatience, type Patience } from "./patience.ts";
import { latest, type Payout } from "./payout.ts";
import { Retries } from "./retries.ts";
import type { PayResult } from "./result.ts";

/** One call of `pay`: asks, waits, and tries again, until the payout is paid, has failed, or patience has run out. */
export class Payment {
  readonly #talk: Conversation;
  readonly #settings: Settings;
  readonly #patience: Patience;

  /** The server has said 134, and that does not change any more. */
  #saidPaid = false;
  /** The server has refused to try (again). */
  #refused = false;
  readonly #retries: Retries;

  constructor(talk: Conversation, settings: Settings, patience: Patience) {
    this.#talk = talk;
    this.#settings = settings;
    this.#patience = patience;
    this.#retries = new Retries(settings);
  }

  /** Throws DisburseRefusal and DisburseMismatch. */
  async run(): Promise<PayResult> {
    try {
      return await this.#settle();
    } catch (error) {
      if (!(error instanceof OutOfPatience)) throw error;
      return { outcome: "open", payout: this.#talk.payout, because: this.#talk.because };
    }
  }

  async #settle(): Promise<PayResult> {
    for (let payout = await this.#create(); ;) {
      payout = await this.#final(payout);
      if (payout.state === "paid") return { outcome: "paid", payout };
      if (await this.#mayTryAgain(payout)) {
        payout = await this.#create();
      } else if (this.#talk.isOver) {
        return this.#failed(payout);
      } else {
        this.#talk.because = new DisburseSilence("a request that went unanswered may still be on its way");
        await this.#talk.untilOver();
        payout = await this.#read();
      }
    }
  }

  /** The payout as a create leaves it, carried out or refused. */
  async #create(): Promise<Payout> {
    const said = await this.#talk.create();
    if (!(said instanceof DisburseRefusal)) return said;
    if (said.code === 134) this.#saidPaid = true;
    if (said.code === 133 || said.code === 134) return this.#read();
    this.#refused = true;
    return this.#standing(said);
  }

  /** What the handle stands for although it was refused: an earlier request, perhaps of this call, may have been carried out. */
  async #standing(refusal: DisburseRefusal): Promise<Payout> {
    const taken = this.#talk.mayBeTaken;
    for (;;) {
      const found = await this.#talk.read();
      if (!(found instanceof DisburseRefusal)) {
        if (found.state === "failed" && !taken) throw refusal.with(found);
        return found;
      }
      if (found.code !== 137) this.#giveUp(found, taken ? undefined : refusal);
      if (this.#talk.isOver) throw refusal.with(null);
      this.#talk.because = refusal;
      await this.#talk.untilOver();
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

  /** The payout, which exists: should it not be found, it is looked for again. */
  async #read(): Promise<Payout> {
    for (let looks = 0; ; looks += 1) {
      const found = await this.#talk.read();
      if (!(found instanceof DisburseRefusal)) return found;
      if (found.code !== 137) this.#giveUp(found, undefined);
      this.#talk.because = found;
      await this.#patience.pause(this.#patience.growing(this.#settings.polls, looks));
    }
  }

  /** Reading was refused. Where this call cannot have done anything, the refusal of the create says more. */
  #giveUp(refusal: DisburseRefusal, ofCreate: DisburseRefusal | undefined): never {
    this.#talk.because = refusal;
    throw ofCreate ?? new OutOfPatience();
  }

  /** Whether a payout that has failed gets one more try; if so, the pause before it is over. */
  async #mayTryAgain(payout: Payout): Promise<boolean> {
    const pause = this.#refused ? null : this.#retries.next(payout, this.#patience);
    if (pause === null) return false;
    try {
      await this.#patience.wholePause(pause);
      return true;
    } catch (error) {
      if (error instanceof OutOfPatience) return false; // what is known of it stays true
      throw error;
    }
  }

  #failed(payout: Payout): PayResult {
    const inError = latest(payout)?.error_state === "processing_error";
    if (!inError || this.#settings.afterErrors === "failed") return { outcome: "failed", payout };
    return { outcome: "open", payout, because: null };
  }
}
