import type { RailRules } from "../rails/rail.ts";
import { Permits } from "./permits.ts";

/** Silences in a row after which a rail is taken to be down. */
const silencesToClose = 10;
/** So long it is left alone before it is tried, doubling with every try that meets silence. */
const firstPauseMs = 5_000;
const longestPauseMs = 60_000;
/** Questions that may be under way at once, and while the rail is taken to be down. */
const mostQuestions = 64;
const questionsWhileClosed = 8;
/** Sends that may be under way when a rail has just come back; each answer adds one. */
const firstSends = 8;

export interface GatePorts {
  monotonic(): number;
  /** A number from 0 up to 1, for the jitter of pauses. */
  chance(): number;
}

/**
 * How much may be under way on a rail. A permit is taken before a send is decided; without one a payout stays queued. When the bank
 * goes silent the gate closes: no payment leaves until a question was answered, and then they leave a few at a time. Only where
 * nobody can be asked, one payment at a time is the question.
 */
export class RailGate {
  readonly rules: RailRules;
  readonly sends: Permits;
  readonly questions: Permits;
  readonly #ports: GatePorts;
  readonly #mayOpen: () => boolean;
  #silences = 0;
  #closed = false;
  #retryAt = 0;
  #pauseMs = firstPauseMs;
  #room: number;

  /** `mayOpen`: while it says no, there is no permit for a send. */
  constructor(rules: RailRules, ports: GatePorts, mayOpen: () => boolean = () => true) {
    this.rules = rules;
    this.#ports = ports;
    this.#mayOpen = mayOpen;
    this.#room = rules.concurrency;
    this.sends = new Permits(() => this.#mostSends(), ports);
    this.questions = new Permits(() => (this.#closed ? questionsWhileClosed : mostQuestions), ports);
  }

  /** Whether as much may leave as the bank takes at once: then whoever finds no room has it soon, or the bank is slow. */
  get isWide(): boolean {
    return this.#mostSends() === this.rules.concurrency;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** It was down, and not yet as much may leave as otherwise: what is in doubt is asked about first. */
  get recovering(): boolean {
    return !this.#closed && this.#room < this.rules.concurrency;
  }

  /** Whether it is time to find out, by a question, if the bank is back. Says so once for each pause. */
  probes(): boolean {
    if (!this.#closed || this.rules.class === "neither" || !this.#isTime()) return false;
    this.#leaveAlone();
    return true;
  }

  /** Tells whether the bank answered; any answer opens the gate again. */
  heard(answered: boolean): void {
    if (answered) return this.#open();
    this.#silences += 1;
    if (this.#closed) {
      if (this.#isTime()) this.#leaveAlone(); // not one that was under way when it closed
    } else if (this.#silences >= silencesToClose) {
      this.#closed = true;
      this.#room = Math.min(firstSends, this.rules.concurrency);
      this.#leaveAlone();
    }
  }

  #open(): void {
    if (!this.#closed) this.#room = Math.min(this.#room + 1, this.rules.concurrency);
    this.#closed = false;
    this.#silences = 0;
    this.#pauseMs = firstPauseMs;
    this.sends.admit();
    this.questions.admit();
  }

  #mostSends(): number {
    if (!this.#mayOpen()) return 0;
    if (!this.#closed) return this.#room;
    return this.rules.class === "neither" && this.#isTime() ? 1 : 0;
  }

  #isTime(): boolean {
    return this.#ports.monotonic() >= this.#retryAt;
  }

  #leaveAlone(): void {
    this.#retryAt = this.#ports.monotonic() + this.#pauseMs * (0.5 + 0.5 * this.#ports.chance());
    this.#pauseMs = Math.min(2 * this.#pauseMs, longestPauseMs);
  }
}
