import type { Missed, Said } from "./answer.ts";
import type { Asked } from "./asked.ts";
import type { DisburseRefusal } from "./errors.ts";
import { insist } from "./insist.ts";
import type { Late } from "./late.ts";
import type { Settings } from "./options.ts";
import type { Patience } from "./patience.ts";
import type { Payout } from "./payout.ts";
import type { Wire } from "./wire.ts";

/** What is asked and heard about one payout during one call. All of it may throw OutOfPatience and DisburseMismatch. */
export class Conversation {
  readonly #asked: Asked;
  readonly #wire: Wire;
  readonly #late: Late;
  readonly #settings: Settings;
  readonly #patience: Patience;

  /** What was read last; null: nothing yet, or there is none. */
  payout: Payout | null = null;
  /** What was in the way last. */
  because: Error | null = null;
  #taken = false;
  /** When the question was asked whose answer was read last. */
  #askedAt = -Infinity;

  constructor(asked: Asked, wire: Wire, late: Late, settings: Settings, patience: Patience) {
    this.#asked = asked;
    this.#wire = wire;
    this.#late = late;
    this.#settings = settings;
    this.#patience = patience;
  }

  /** Sends the create, and the same bytes again until there is an answer. */
  async create(): Promise<Payout | DisburseRefusal> {
    const { handle, body } = this.#asked;
    const said = await this.#insist(
      () => this.#wire.create(handle, body, this.#patience.signal),
      ({ kind }) => {
        if (kind === "busy") return;
        this.#taken = true;
        this.#late.note(handle);
      },
    );
    if (said.kind === "refused") return said.refusal;
    this.#taken = true;
    return this.#note(said.payout);
  }

  /** The payout as it is now, or the refusal to tell. */
  async read(): Promise<Payout | DisburseRefusal> {
    const said = await this.#insist(
      () => {
        this.#patience.attend();
        return this.#wire.read(this.#asked.handle, this.#patience.signal);
      },
      () => {},
    );
    return said.kind === "refused" ? said.refusal : this.#note(said.payout);
  }

  /** Whether a create of this call was carried out, or may have been; or one of an earlier call may still be. */
  get mayBeTaken(): boolean {
    return this.#taken || this.#settings.now() < this.#late.until(this.#asked.handle);
  }

  /** Whether what was heard last will stay so: no create that went unanswered can still reach the server. */
  get isOver(): boolean {
    return this.#askedAt >= this.#late.until(this.#asked.handle);
  }

  /** Waits until an unanswered create would have arrived. Afterwards the payout has to be read anew. */
  async untilOver(): Promise<void> {
    await this.#patience.wholePause(this.#late.until(this.#asked.handle) - this.#settings.now());
  }

  #insist(ask: () => Promise<Said | Missed>, missed: (answer: Missed) => void): Promise<Said> {
    const timed = () => {
      this.#askedAt = this.#settings.now();
      return ask();
    };
    return insist(timed, this.#settings.repeats, this.#patience, (answer) => {
      this.because = answer.why;
      missed(answer);
    });
  }

  #note(payout: Payout): Payout {
    this.payout = payout;
    this.because = null;
    this.#asked.compare(payout);
    return payout;
  }
}
